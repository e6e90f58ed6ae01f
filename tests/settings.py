"""The product's settings under test: development keys, no .env file, cheap hashing."""

from __future__ import annotations

import os

os.environ.setdefault("SHIPSYNC_DEVELOPMENT", "1")
os.environ["SHIPSYNC_ENV_FILE"] = os.devnull

from shipsync_site.settings import *  # noqa: F403 - settings build on settings

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
