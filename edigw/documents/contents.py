"""Whether two documents of one number say the same: a digest of what a document says.

``source`` stands last in every kind and names the interchange a document came in, which
differs each time; it is left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

_SOURCE = b',"source":{'  #: quotes in a value are escaped, so only the member itself reads like this

#: Kinds whose number names one document, and what such a document calls itself when it is the
#: first under its number. Another word says that it changes, cancels or repeats an earlier one.
#: Several answers to an order may bear one number, so order responses are not among them.
_FIRST: Mapping[str, frozenset[str | None]] = {
    "order": frozenset({None, "original"}),
    "despatch_advice": frozenset({None, "original"}),
    "invoice": frozenset({None, "invoice", "tax-invoice"}),
}


def contents(kind: str, fields: Mapping[str, Any], document: bytes) -> str:
    """SHA-256 in hex of what *document*, the canonical JSON of *fields*, says.

    ``""`` where its number may rightly stand more than once, and where there is no document.
    """
    first = _FIRST.get(kind)
    if not document or first is None or fields.get("kind") not in first or fields.get("purpose") not in (None, "original"):
        return ""
    end = document.rfind(_SOURCE)
    return hashlib.sha256(document[:end] if end > 0 else document).hexdigest()
