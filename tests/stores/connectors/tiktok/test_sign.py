"""Signatures are TikTok's, byte for byte."""

from __future__ import annotations

import pytest

from stores.connectors.tiktok import sign

SECRET, KEY = "demo_secret_0123456789", "demo_key"
PATH = "/order/202309/orders/search"
QUERY = {
    "app_key": KEY,
    "timestamp": "1760000000",
    "shop_cipher": "GB_demo_cipher",
    "page_size": "50",
    "sort_field": "update_time",
}
BODY = b'{"update_time_ge":1759990000}'
SIGNED = "073d52d7f7c0cfcb2568375e3cab6ed60852637e94b09f6b6bcf23c838201c1e"
MESSAGE = (
    b'{"type":1,"tts_notification_id":"7200000000000000001",'
    b'"shop_id":"7490000000000000001","timestamp":1760000100,"data":'
    b'{"order_id":"576500000000000001","order_status":"AWAITING_SHIPMENT",'
    b'"is_on_hold_order":true,"update_time":1760000099}}'
)
PROOF = "665d7e64809ebe52bbb5d54ce3e5873656b0d2518d57ab4ee5e13f369f9fcd89"


def test_a_request_is_signed_over_path_query_and_body() -> None:
    assert sign.request_sign(SECRET, PATH, QUERY, BODY) == SIGNED


def test_neither_the_order_of_the_query_nor_what_is_unsigned_matters() -> None:
    shuffled = dict(reversed(QUERY.items()))
    more = {"sign": "x", "access_token": "y"}

    assert sign.request_sign(SECRET, PATH, shuffled | more, BODY) == SIGNED


@pytest.mark.parametrize(
    ("path", "query", "body"),
    [
        (f"/tiktok{PATH}", QUERY, BODY),
        (PATH, QUERY | {"page_size": "51"}, BODY),
        (PATH, QUERY, BODY + b" "),
    ],
)
def test_another_request_has_another_signature(
    path: str, query: dict[str, str], body: bytes
) -> None:
    assert sign.request_sign(SECRET, path, query, body) != SIGNED


def test_a_message_is_signed_over_app_key_and_raw_body() -> None:
    assert sign.message_sign(SECRET, KEY, MESSAGE) == PROOF
    assert sign.is_signed(PROOF, SECRET, KEY, MESSAGE)
    assert sign.is_signed(f" {PROOF} ", SECRET, KEY, MESSAGE)


@pytest.mark.parametrize(
    ("header", "secret", "key", "body"),
    [
        ("", SECRET, KEY, MESSAGE),
        (PROOF[:-1], SECRET, KEY, MESSAGE),
        (PROOF, "another", KEY, MESSAGE),
        (PROOF, SECRET, "another", MESSAGE),
        (PROOF, SECRET, KEY, MESSAGE + b"\n"),
        ("\udcff", SECRET, KEY, MESSAGE),
        # Without a secret everybody could sign.
        (sign.message_sign("", KEY, MESSAGE), "", KEY, MESSAGE),
        (sign.message_sign(SECRET, "", MESSAGE), SECRET, "", MESSAGE),
    ],
)
def test_anything_else_is_not_tiktoks(
    header: str, secret: str, key: str, body: bytes
) -> None:
    assert not sign.is_signed(header, secret, key, body)
