"""What lies behind presigned addresses: in truth a host of its own, without tokens."""

from __future__ import annotations

import base64
from xml.sax.saxutils import escape

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from stores.sandbox.amazon.calls import Call
from stores.sandbox.amazon.documents import Document, Documents

MAX_BYTES = 10 * 1024 * 1024


def presigned(
    call: Call, store: Documents, document: Document, folder: str, method: str
) -> str:
    """A new presigned address of a document under ``folder``."""
    query = store.sign(document, method, call.now_ms)
    path = f"/amazon/{folder}{document.id}?{query}"
    try:
        return call.request.build_absolute_uri(path)
    except DisallowedHost:
        # Clients that were sent here may still name another host.
        known = call.request.META
        return f"http://{known['SERVER_NAME']}:{known['SERVER_PORT']}{path}"


def serve_document(store: Documents, request: HttpRequest, now: int) -> HttpResponse:
    """Upload or download at a presigned address: the signature alone opens it."""
    method = request.method or ""
    opened = store.signed(str(request.GET.get("X-Amz-Signature", "")), method)
    if opened is None:
        return _store_refusal("SignatureDoesNotMatch", "The signature does not match.")
    document, ends = opened
    if now >= ends:
        return _store_refusal("AccessDenied", "Request has expired")
    if any(name.lower().startswith("x-amz-") for name in request.headers):
        return _store_refusal(
            "AccessDenied", "There were headers present in the request which were not "
            "signed",
        )  # fmt: skip
    if method == "GET":
        if document.content is None:
            return _store_refusal("NoSuchKey", "The key does not exist.", status=404)
        return HttpResponse(document.body, content_type="application/octet-stream")
    if request.headers.get("Content-Type") != document.content_type:
        return _store_refusal("SignatureDoesNotMatch", "Content-Type was not signed.")
    if len(request.body) > MAX_BYTES:
        return _store_refusal("EntityTooLarge", "Too large.", status=400)
    document.content = base64.b64encode(request.body).decode()
    return HttpResponse(status=200)


def _store_refusal(code: str, text: str, *, status: int = 403) -> HttpResponse:
    return HttpResponse(
        f"<Error><Code>{escape(code)}</Code><Message>{escape(text)}</Message></Error>",
        status=status,
        content_type="application/xml",
    )
