"""The Redis that tests use: ``from tests.redis_server import redis_url``."""

from __future__ import annotations

import os

import pytest
import redis

DEFAULT = "redis://127.0.0.1:6379/0"
IN_CI = os.environ.get("CI", "").lower() in ("1", "true")


def find_redis() -> str | None:
    """The URL of a Redis that answers: SHIPSYNC_TEST_REDIS, or 127.0.0.1:6379."""
    url = os.environ.get("SHIPSYNC_TEST_REDIS") or DEFAULT
    try:
        redis.from_url(url, socket_connect_timeout=2, socket_timeout=2).ping()
    except redis.RedisError:
        return None
    return url


@pytest.fixture
def redis_url() -> str:
    """A Redis that answers; use keys of your own in it. Skips without, fails in CI."""
    url = find_redis()
    if url is None:
        message = "no Redis answers at 127.0.0.1:6379 (or SHIPSYNC_TEST_REDIS)"
        if IN_CI:
            pytest.fail(message)
        pytest.skip(message)
    return url
