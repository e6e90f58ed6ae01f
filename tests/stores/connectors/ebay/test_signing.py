from __future__ import annotations

import base64
import json

import pytest

from stores.connectors.ebay import signing
from stores.connectors.ebay.signing import BadKeyError, read_key

# The Ed25519 test key of RFC 9421, appendix B.1.4.
PRIVATE = "MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF"
KEY = signing.SigningKey(jwe="eyJ6.a.b.c.d", private=PRIVATE)


def test_the_base_and_signature_are_those_of_the_standards_example() -> None:
    """RFC 9421, appendix B.2.6: Ed25519 has one signature for a message."""
    covered = {
        "date": "Tue, 20 Apr 2021 02:07:55 GMT",
        "@method": "POST",
        "@path": "/foo",
        "@authority": "example.com",
        "content-type": "application/json",
        "content-length": "18",
    }
    names = " ".join(f'"{name}"' for name in covered)
    parameters = f'({names});created=1618884473;keyid="test-key-ed25519"'

    base = signing.signature_base(covered, parameters)

    signature = signing._private(KEY).sign(base)
    assert base64.b64encode(signature).decode() == (
        "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WP"
        "pBKRCw=="
    )


def test_a_body_is_covered_by_its_digest() -> None:
    found = signing.headers(
        KEY,
        method="post",
        path="/post-order/v2/cancellation",
        authority="API.ebay.com",
        body=b'{"hello": "world"}',
        created=1663459378,
    )

    assert found["x-ebay-signature-key"] == KEY.jwe
    assert found["Content-Digest"] == (
        "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"
    )
    assert found["Signature-Input"] == (
        'sig1=("content-digest" "x-ebay-signature-key" "@method" "@path" "@authority")'
        ";created=1663459378"
    )
    assert found["Signature"].startswith("sig1=:")


def test_a_message_without_a_body_has_no_digest() -> None:
    found = signing.headers(
        KEY, method="POST", path="/x", authority="a", body=None, created=1
    )

    assert "Content-Digest" not in found
    assert "content-digest" not in found["Signature-Input"]


def test_a_key_comes_back_from_where_it_was_kept_and_hides_itself() -> None:
    pem = f"-----BEGIN PRIVATE KEY-----\n{PRIVATE}\n-----END PRIVATE KEY-----"

    key = read_key({"jwe": "j", "privateKey": pem, "signingKeyId": "1"})

    assert signing.kept_key(key.text()) == key
    assert PRIVATE not in repr(key)


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        {"jwe": "j"},
        {"jwe": "j", "privateKey": "%"},
        {"jwe": "", "private": ""},
    ],
)
def test_what_is_no_key_is_refused(content: object) -> None:
    with pytest.raises(BadKeyError):
        read_key(content)


def test_an_odd_note_in_the_store_is_no_key() -> None:
    assert signing.kept_key("") is None
    assert signing.kept_key("{") is None
    assert signing.kept_key(json.dumps({"jwe": "x"})) is None


def test_a_key_is_renewed_before_it_ends() -> None:
    day = 86400.0

    assert signing.good_for({"expirationTime": 100 * day}, now=0.0) == 93 * day
    assert signing.good_for({}, now=0.0) == signing.YEAR
    assert signing.good_for({"expirationTime": True}, now=0.0) == signing.YEAR
