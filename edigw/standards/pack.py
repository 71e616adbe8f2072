"""The container the compiled dictionaries travel in: named JSON values in one file.

A family (X12, EDIFACT) is one file. Every value is deflated on its own, so that finding
one message in one release unpacks three small values and not the family. Reading and
writing stand side by side here; what the values mean is the loader's business.

    EDIGWPK1 | length of the index, 4 bytes | index, deflated | values, deflated

The index maps a name to where its value lies; names of equal values share one place.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from typing import Any

MAGIC = b"EDIGWPK1"


class Pack:
    """A family's values, by name; each is unpacked when asked for, and not kept."""

    def __init__(self, data: bytes) -> None:
        if data[: len(MAGIC)] != MAGIC:
            raise ValueError("this is no pack of dictionaries, or of another edition")
        start = len(MAGIC) + 4
        size = int.from_bytes(data[len(MAGIC) : start], "big")
        self._index: dict[str, list[int]] = json.loads(zlib.decompress(data[start : start + size]))
        self._values = start + size
        self._data = data

    def __contains__(self, name: str) -> bool:
        return name in self._index

    def raw(self, name: str) -> bytes:
        """The JSON text of a value. Raises KeyError for a name that is not there."""
        offset, length = self._index[name]
        at = self._values + offset
        return zlib.decompress(self._data[at : at + length])

    def get(self, name: str) -> Any:
        """A value. Raises KeyError for a name that is not there."""
        return json.loads(self.raw(name))

    def digest(self, prefix: str) -> bytes:
        """SHA-256 over every value whose name starts with *prefix*, as it lies in the pack."""
        found = hashlib.sha256()
        for name, (offset, length) in self._index.items():
            if name.startswith(prefix):
                found.update(name.encode())
                found.update(self._data[self._values + offset : self._values + offset + length])
        return found.digest()


def write(values: Mapping[str, Any]) -> bytes:
    """A pack of *values*; the same values always give the same bytes."""
    index: dict[str, list[int]] = {}
    places: dict[bytes, list[int]] = {}
    body = bytearray()
    for name in sorted(values):
        text = json.dumps(values[name], ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
        key = hashlib.sha256(text).digest()
        if key not in places:
            value = zlib.compress(text, 9)
            places[key] = [len(body), len(value)]
            body += value
        index[name] = places[key]
    head = zlib.compress(json.dumps(index, separators=(",", ":"), sort_keys=True).encode(), 9)
    return MAGIC + len(head).to_bytes(4, "big") + head + bytes(body)
