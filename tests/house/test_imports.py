"""The arrows of docs/architecture.md, read from the document, held against every import of the package."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "edigw"
DOCUMENT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Arrow:
    """One import: who, where, what, and whether it runs when the module is loaded."""

    room: str
    place: str
    target: str  # "edigw.model", "sqlalchemy"
    typing: bool
    inside: bool  # in a function

    @property
    def target_room(self) -> str:
        parts = self.target.split(".")
        return parts[1] if parts[0] == "edigw" and len(parts) > 1 else ""


def names(text: str) -> list[str]:
    """The words in backticks, paths' slashes taken off: "`tables` `ledger` `migrations/`"."""
    return [word.rstrip("/") for part in re.findall(r"`([^`]+)`", text) for word in part.split()]


def table() -> dict[str, tuple[frozenset[str], str]]:
    """Room -> (the rooms of its row, what the row says it may import)."""
    rows = re.findall(r"^\| (`[^|]+) \|[^\n]*\| ([^|]*) \|$", DOCUMENT.split("\n## Borders")[0], re.MULTILINE)
    return {room: (frozenset(names(rooms)), may) for rooms, may in rows for room in names(rooms)}


def pure() -> tuple[list[str], list[str]]:
    """The pure rooms and the modules of the standard library that they keep away from."""
    found = re.search(r"The pure rooms \(([^)]*)\) import no ([^;]*);", DOCUMENT)
    assert found, "the sentence about pure rooms is gone from docs/architecture.md"
    return names(found[1]), names(found[2])


TABLE = table()
PURE, FORBIDDEN = pure()
FLOWS = names(re.search(r"flows \(([^)]*)\)", DOCUMENT.replace("\n", " "))[1])  # type: ignore[index]


def allowed(room: str) -> tuple[frozenset[str], frozenset[str]]:
    """The rooms *room* may import, and those it may name in types only."""
    row, may = TABLE[room]
    every = frozenset(TABLE)
    free = row | {"errors", "records"}
    if may.startswith("everything but"):
        return every - frozenset(names(may)) | free, frozenset()
    if may.startswith(("anything", "everything")):
        return every, frozenset()
    types = frozenset(name for part in re.findall(r"`([^`]+)` \(types only\)", may) for name in part.split())
    granted = frozenset(names(may)) - types
    if "the pure rooms" in may:
        granted |= frozenset(PURE)
    if "the flows" in may:
        granted |= frozenset(FLOWS)
    return granted | free, types


@cache
def arrows() -> list[Arrow]:
    """Every import of the package; read when a test asks, for each process of the tests collects them all."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        inside = path.relative_to(PACKAGE)
        room = inside.parts[0].removesuffix(".py")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found += list(walk(tree, room, str(inside), ("edigw", *inside.parts[:-1]), False, False))
    return found


def walk(node: ast.AST, room: str, file: str, package: tuple[str, ...], typing: bool, inside: bool):
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Arrow(room, f"{file}:{child.lineno}", alias.name, typing, inside)
        elif isinstance(child, ast.ImportFrom):
            base = ".".join(package[: len(package) - child.level + 1]) if child.level else ""
            module = ".".join(filter(None, (base, child.module)))
            for alias in child.names:
                target = f"{module}.{alias.name}" if module == "edigw" or f"{module}.{alias.name}" in MODULES else module
                yield Arrow(room, f"{file}:{child.lineno}", target, typing, inside)
        elif isinstance(child, ast.If) and ast.unparse(child.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            for part in child.body:
                yield from walk(ast.Module([part], []), room, file, package, True, inside)
            for part in child.orelse:
                yield from walk(ast.Module([part], []), room, file, package, typing, inside)
        else:
            deeper = inside or isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            yield from walk(child, room, file, package, typing, deeper)


MODULES = {".".join(("edigw", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__") for path in PACKAGE.rglob("*.py")}
ROOMS = sorted({path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in PACKAGE.rglob("*.py")})
NO_ROOM = {"__init__", "__main__"}  # the version, and `python -m edigw`


def test_the_document_has_its_table():
    assert len(TABLE) > 20
    assert TABLE["yamlfile"][1] == "`errors`"
    assert "parsers" in PURE
    assert "socket" in FORBIDDEN
    assert set(FLOWS) == {"inbound", "outbound", "delivery", "reconcile"}


@pytest.mark.parametrize("room", [room for room in ROOMS if room not in NO_ROOM])
def test_every_room_stands_in_the_table(room):
    assert room in TABLE, f"edigw/{room} has no row in docs/architecture.md: say what it holds and what it may import"


@pytest.mark.parametrize("room", [room for room in ROOMS if room in TABLE])
def test_arrows(room):
    may, types = allowed(room)
    command = TABLE[room][1].startswith("anything, inside")
    wrong: list[str] = []
    for arrow in arrows():
        if arrow.room != room or not arrow.target_room or arrow.target_room in {room, "__version__"}:
            continue
        if command and not arrow.inside and not arrow.typing:
            if arrow.target_room not in {"errors", "records", "visible", "cli"}:
                wrong.append(f"{arrow.place} imports {arrow.target} when it loads; a command imports its room when it runs")
        elif arrow.target_room not in (may | types if arrow.typing else may):
            wrong.append(f"{arrow.place} imports {arrow.target}")
    assert not wrong, f"not in docs/architecture.md, row {room}:\n" + "\n".join(dict.fromkeys(wrong))


def test_no_circle():
    """Modules that need each other are one module or three; an import for types only is an arrow, too."""
    ahead: dict[str, set[str]] = {file: set() for file in MODULES}
    for arrow in arrows():
        here = ".".join(("edigw", *Path(arrow.place.partition(":")[0]).with_suffix("").parts)).removesuffix(".__init__")
        if not arrow.inside and arrow.target in MODULES and arrow.target != here:
            ahead[here].add(arrow.target)
    for file in MODULES:  # a package's face is the package, not a module its members lean on
        ahead[file] = {other for other in ahead[file] if not file.startswith(f"{other}.")}
    while ends := {file for file, others in ahead.items() if not others}:
        ahead = {file: others - ends for file, others in ahead.items() if file not in ends}
    leading = {file for file in ahead if any(file in others for others in ahead.values())}
    assert not leading, "in or before a circle: " + ", ".join(sorted(leading))


def test_pure_rooms_touch_no_outside():
    reading = {"standards", "mappings"}  # package data, through importlib.resources
    wrong = [
        f"{arrow.place} imports {arrow.target}"
        for arrow in arrows()
        if arrow.room in PURE
        and (arrow.target.split(".")[0] in FORBIDDEN or (arrow.target.startswith("importlib.resources") and arrow.room not in reading))
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_ledger_knows_sqlalchemy():
    wrong = [f"{arrow.place} imports {arrow.target}" for arrow in arrows() if arrow.target.split(".")[0] in ("sqlalchemy", "alembic")]
    wrong = [line for line in wrong if not line.startswith(("ledger", "tables", "migrations"))]
    assert not wrong, "\n".join(wrong)
