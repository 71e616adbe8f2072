"""The package's own maps and tables as they come out of YAML, kept beside them.

    python -m edigw.mappings

writes ``base/composed.pack`` anew; to be done after a change of ``base/*/*.yaml`` or a table.
To compose a base map takes longer than to judge the message it is for, and its text is the
same on every machine.

A file is found by the SHA-256 of its bytes and by nothing else. So what has been changed
since, a partner's map, a pack that is older or gone: all that is read from its YAML, and
nothing but time is lost. The YAML stays the truth; a test holds the pack against it.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Final

from edigw import yamlfile
from edigw.standards import pack
from edigw.standards.pack import Pack
from edigw.yamlnodes import Composed, Map, Node, Place, Scalar, Seq

PACK: Final = "base/composed.pack"
_TEXT, _QUOTED, _MAP, _SEQ = range(4)


def read(data: bytes, file: str) -> Composed:
    """What ``yamlfile.read`` finds in *data*: from the pack if it knows these bytes, else by reading them."""
    known = _pack()
    name = hashlib.sha256(data).hexdigest()
    if known is None or name not in known:
        return yamlfile.read(data, file)
    return Composed(tuple(_node(one, file) for one in known.get(name)), ())


@cache
def _pack() -> Pack | None:
    found = resources.files("edigw.mappings").joinpath(PACK)
    return Pack(found.read_bytes()) if found.is_file() else None


# Writing and reading of a node: [what it is, line, column, ...], then its text, its items, or keys and values in turn.


def _plain(node: Node) -> list[Any]:
    if isinstance(node, Scalar):
        return [_QUOTED if node.quoted else _TEXT, node.place.line, node.place.column, node.text]
    if isinstance(node, Map):
        inside = [_plain(one) for pair in node.items for one in pair]
        return [_MAP, node.place.line, node.place.column, *inside]
    return [_SEQ, node.place.line, node.place.column, *(_plain(one) for one in node.items)]


def _node(plain: list[Any], file: str) -> Node:
    what, place = plain[0], Place(file, plain[1], plain[2])
    if what < _MAP:
        return Scalar(plain[3], place, what == _QUOTED)
    inside = [_node(one, file) for one in plain[3:]]
    if what == _SEQ:
        return Seq(tuple(inside), place)
    keys: Any = inside[::2]  # scalars, for only those were written
    return Map(tuple(zip(keys, inside[1::2], strict=True)), place)


def make() -> bytes:
    """The pack of every YAML file of the package that has no mistake; the same files always give the same bytes."""
    values = {}
    for file in _files():
        data = file.read_bytes()
        found = yamlfile.read(data, file.name)
        if not found.problems:
            values[hashlib.sha256(data).hexdigest()] = [_plain(one) for one in found.documents]
    return pack.write(values)


def _files() -> Iterator[Traversable]:
    package = resources.files("edigw.mappings")
    for folder in (*package.joinpath("base").iterdir(), package.joinpath("codes")):
        if folder.is_dir():
            yield from (one for one in folder.iterdir() if one.name.endswith(".yaml"))


def main() -> int:
    """Write the pack. Exit status 0."""
    with resources.as_file(resources.files("edigw.mappings").joinpath("base")) as folder:
        (folder / "composed.pack").write_bytes(make())
    sys.stdout.write(f"edigw/mappings/{PACK} written\n")
    return 0
