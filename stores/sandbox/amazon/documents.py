"""Files behind presigned addresses, which end after five minutes (Feeds, Reports).

Both APIs hand out addresses of another host, where the signature alone opens a file.
Times are Unix milliseconds.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
from dataclasses import asdict, dataclass
from typing import Any

Json = dict[str, Any]

ADDRESS_MS = 300_000


@dataclass(slots=True, kw_only=True)
class Document:
    """One file; ``content`` is Base64, None until it was uploaded."""

    id: str
    seller_id: str
    content_type: str = ""
    content: str | None = None
    packed: bool = False

    @property
    def body(self) -> bytes:
        """The file's bytes, as they lie there."""
        return base64.b64decode(self.content or "")

    def fill(self, content: bytes, *, packed: bool) -> None:
        """Put the content there, with GZIP when ``packed``."""
        self.packed = packed
        kept = gzip.compress(content, mtime=0) if packed else content
        self.content = base64.b64encode(kept).decode()


class Documents:
    """All files of one API and the addresses that were handed out."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._serial = 0
        self.documents: dict[str, Document] = {}
        # Signature → (document id, GET or PUT, end).
        self._addresses: dict[str, tuple[str, str, int]] = {}

    def new_document(self, seller_id: str, content_type: str) -> Document:
        """An empty document to be uploaded."""
        made = Document(
            id=f"amzn1.tortuga.4.eu.{self._mint('document')[:32]}",
            seller_id=seller_id,
            content_type=content_type,
        )
        self.documents[made.id] = made
        return made

    def sign(self, document: Document, method: str, now: int) -> str:
        """The query of a presigned address for ``method``, good for five minutes."""
        signature = self._mint("address")
        self._addresses[signature] = (document.id, method, now + ADDRESS_MS)
        return f"X-Amz-Expires=300&X-Amz-Signature={signature}"

    def signed(self, signature: str, method: str) -> tuple[Document, int] | None:
        """What a signature opens by this method, and until when; None: nothing."""
        document_id, allowed, ends = self._addresses.get(signature, ("", "", 0))
        document = self.documents.get(document_id)
        return (document, ends) if document and allowed == method else None

    def dump(self) -> Json:
        """State as JSON."""
        return {
            "serial": self._serial,
            "documents": [asdict(row) for row in self.documents.values()],
            "addresses": [[key, *value] for key, value in self._addresses.items()],
        }

    def load(self, state: Json) -> None:
        """Restore what :meth:`dump` returned."""
        self.clear()
        self._serial = state["serial"]
        self.documents = {row["id"]: Document(**row) for row in state["documents"]}
        self._addresses = {s: (d, m, at) for s, d, m, at in state["addresses"]}

    def _mint(self, purpose: str) -> str:
        self._serial += 1
        return hashlib.sha256(f"{purpose}:{self._serial}".encode()).hexdigest()
