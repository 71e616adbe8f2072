"""How much of the collected messages the base maps read, and what they leave: docs/coverage.md.

    python tests/corpus/coverage.py [CORPUS]

writes the page anew. The numbers are computed; the reasons in REASONS are written by hand,
after looking at the files. A path of the page without its reason fails the test.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Set
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # as a program it stands alone

import collected

from edigw import mappings, parsers, standards
from edigw.model import Element, Interchange, Message
from edigw.standards import walk

PAGE = Path(__file__).parents[2] / "docs" / "coverage.md"
MESSAGES = {
    "850": "x12/850",
    "855": "x12/855",
    "856": "x12/856",
    "810": "x12/810",
    "ORDERS": "edifact/ORDERS",
    "ORDRSP": "edifact/ORDRSP",
    "DESADV": "edifact/DESADV",
    "INVOIC": "edifact/INVOIC",
}


@dataclass
class Coverage:
    """What became of the elements of one kind of message, header and trailer left out."""

    files: set[str] = field(default_factory=set)
    messages: int = 0
    sent: int = 0
    unplaced: int = 0  #: elements of segments the table has no place for: check's business
    left: Counter[str] = field(default_factory=Counter)  #: path and element -> occurrences
    holders: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  #: path and element -> files

    @property
    def bound(self) -> float:
        """The share of the elements that a map reads or compares."""
        return 1 - (self.left.total() + self.unplaced) / self.sent if self.sent else 1.0


def values(element: Element) -> int:
    """How many values an element holds."""
    return int(bool(element)) if isinstance(element, str) else sum(values(part) for part in element)


def measure(folder: Path, *, only: Set[str] | None = None, without: Set[str] = frozenset()) -> dict[str, Coverage]:
    """Every message of the eight kinds in *folder*, read by its base map; in *only* these files, in none of *without*."""
    found = {kind: Coverage() for kind in MESSAGES}
    library = mappings.Library({})
    for path in collected.paths(folder=folder):
        if path in without or (only is not None and path not in only):
            continue
        data = (folder / path).read_bytes()
        for interchange in parsers.split(data):
            if isinstance(interchange, Interchange):
                for message in parsers.read(data, interchange):
                    if message.type in MESSAGES:
                        _count(found[message.type], path, message, library)
    return found


def _count(coverage: Coverage, path: str, message: Message, library: mappings.Library) -> None:
    syntax = message.notation.syntax
    release = message.release if standards.find(syntax, message.type, message.release) else standards.nearest(syntax, message.type, message.release)
    standard = standards.find(syntax, message.type, release)
    assert standard is not None, f"no table of {message.type} at all"
    walked = walk.walk(message, standard)
    read = library.program(MESSAGES[message.type], standard).read(walked.root, message)
    coverage.files.add(path)
    coverage.messages += 1
    coverage.sent += sum(values(element) for cut in message.segments()[1:-1] if cut[0] != "UNS" for element in cut[1:])
    coverage.unplaced += sum(values(element) for one in walked.unplaced for element in one.cut[1:])
    for one in read.unmapped:
        what = f"{one['segment']}.{one['element']}"
        coverage.left[what] += 1
        coverage.holders[what].add(path)


#: Files made to hold every segment of a message's table once, with filler for text. What they leave says
#: nothing of what partners send; they are measured and shown apart.
GENERATED = frozenset(
    {
        "edifact/orders/edireader-orders-d01b-unoe.edi",
        "edifact/ordrsp/edireader-orders-d01b-unoc.edi",
        "edifact/ordrsp/edireader-orders-d01b-unod.edi",
    }
)

#: (message or "" for all, beginning of the path) -> why no base map names it. The first that fits counts.
REASONS: dict[tuple[str, str], str] = {
    ("850", "DTM.5"): "a century in the place of a format, as releases before 004010 had it; check refuses the code",
    ("850", "PO1.6"): "a qualifier without its number; check says so",
    ("850", "PO1/SLN.5"): "a composite unit with exponents and factors; a line has one unit",
    ("850", "CTT/AMT.3"): "credit or debit beside a total that is the order's amount",
    ("850", "SPI"): "a specification, in no order but one of a test suite",
    ("856", "HL/REF.2"): "the file's component separator stands in a number; check refuses the second part",
    ("856", "HL/N1/N4.3"): "the file's component separator stands in a postal code; check refuses the second part",
    ("856", "HL/PID"): "agency and code of a description that a line takes as text",
    ("ORDERS", "ALI.3"): "a special condition, and no country of origin",
    ("ORDERS", "CNT.2"): "written with the wrong separator; check refuses it",
    ("ORDERS", "DTM.1.2"): "twelve digits announced as a day; check refuses it",
    ("ORDERS", "LIN.3.1"): "seven digits said to be an EAN; no GTIN has seven",
    ("ORDERS", "LIN/CCI"): "characteristics of meters and grids, by codes of the energy market; for a partner's map",
    ("ORDERS", "LIN/IMD"): "a description cut by separators it should have released; check refuses the further parts",
    ("ORDERS", "LIN/PAC/PCI"): "numbers and dates of packages that are still to be packed, in two files of one generator",
    ("ORDERS", "LIN/PIA.2.4"): "the agency of a number whose qualifier says already whose it is",
    ("ORDERS", "LIN/PRI/CUX"): "a price in a currency of its own, in two files of one generator",
    ("ORDERS", "NAD/CTA/COM"): "further numbers of one kind for a contact that holds one",
    ("ORDERS", "TOD.1"): "a second delivery term; an order has one",
    ("DESADV", "CPS/LIN/PIA"): "a number without a word of whose it is",
    ("DESADV", "CPS/PAC/PCI"): "a second instruction for the marks of one package",
    ("INVOIC", "CUX.1"): "a currency's usage code with the decimal comma's separators around it; check refuses it",
    ("INVOIC", "DTM.1.2"): "twelve digits announced as a day; check refuses it",
    ("INVOIC", "LIN/ALC/MOA.1.3"): "the currency of a line's charge, which is the invoice's",
    ("INVOIC", "LIN/MOA.1.2"): "X for an amount, in forms of the energy market without their values",
    ("INVOIC", "LIN/PRI"): "X for a price, in forms of the energy market without their values",
    ("INVOIC", "LIN/QTY"): "1020A for a quantity, on purpose; check refuses it",
    ("INVOIC", "LIN/RFF/DTM"): "twelve digits announced as a day; check refuses it",
    ("INVOIC", "LIN/TAX"): "X for values, in forms of the energy market without their values",
    ("INVOIC", "MOA.1.2"): "X for an amount, in forms of the energy market without their values",
    ("INVOIC", "MOA.1.3"): "the currency of a total that is in another one than the invoice",
    ("INVOIC", "NAD.4.6"): "a code for how a name is written, of the energy market; for a partner's map",
    ("INVOIC", "NAD/LOC"): "a metering point; for a partner's map",
    ("INVOIC", "PYT/MOA"): "X for an amount, in forms of the energy market without their values",
    ("INVOIC", "RFF/DTM"): "a day the calendar does not have, or a date for a reference that holds none; check says which",
    ("INVOIC", "TAX.4"): "X for values, in forms of the energy market without their values",
    ("INVOIC", "TAX.5"): "X for values, in forms of the energy market without their values",
    ("INVOIC", "TAX/MOA"): "X for amounts, in forms of the energy market; elsewhere the status of a tax amount",
}


def reason(kind: str, what: str) -> str:
    """Why *what* of *kind* is not bound; ``""`` where nobody has said so yet."""
    for (message, prefix), why in REASONS.items():
        if message in ("", kind) and what.startswith(prefix):
            return why
    return ""


def rows(coverage: Coverage) -> list[tuple[str, int, int]]:
    """Path and element, occurrences, files: what is left, the most frequent first."""
    return sorted(((what, count, len(coverage.holders[what])) for what, count in coverage.left.items()), key=lambda row: (-row[1], row[0]))


def page(folder: Path) -> str:
    """docs/coverage.md as it should stand."""
    found, generated = measure(folder, without=GENERATED), measure(folder, only=GENERATED)
    lines = [HEAD]
    lines += ["| message | map | files | messages | elements | bound |", "| --- | --- | --- | --- | --- | --- |"]
    for kind, one in found.items():
        lines.append(f"| {kind} | `{MESSAGES[kind]}` | {len(one.files)} | {one.messages} | {one.sent} | {one.bound:.1%} |")
    lines.append(f"| all | | {len(set().union(*(one.files for one in found.values())))} | {_line(found)} |")
    lines += ["", APART, ""]
    lines += ["| message | files | messages | elements | bound |", "| --- | --- | --- | --- | --- |"]
    lines += [f"| {kind} | {len(one.files)} | {one.messages} | {one.sent} | {one.bound:.1%} |" for kind, one in generated.items() if one.files]
    lines += ["", "## What is left, and why", "", LEFT]
    for kind, one in found.items():
        lines += ["", f"### {kind}", ""]
        if one.unplaced:
            lines += [f"{one.unplaced} elements stand in segments that check refuses where they are; no map sees these.", ""]
        if not one.left:
            lines.append("Nothing.")
            continue
        lines += ["| element | times | files | why |", "| --- | --- | --- | --- |"]
        lines += [f"| `{what}` | {count} | {files} | {reason(kind, what)} |" for what, count, files in rows(one)]
    return "\n".join(lines) + "\n"


def _line(found: dict[str, Coverage]) -> str:
    sent = sum(one.sent for one in found.values())
    left = sum(one.left.total() + one.unplaced for one in found.values())
    return f"{sum(one.messages for one in found.values())} | {sent} | {1 - left / sent:.1%}"


HEAD = """# What the base maps read

Every element of a message is bound by the map, or stands in the document's `unmapped`: nothing is lost, and
`edigw coverage FILE` lists it for a file of your own. Here the base maps are held against a collection of files
that real systems and their test suites send, each with a valid envelope. Made by `python tests/corpus/coverage.py`.
"""

APART = """Three more files were generated to hold every segment of the table once, filled with text that means nothing. They show
how much of a whole table a map names, and not how much of an order:"""

LEFT = """A path names loops by their first segment, as in maps: `LIN/PIA.2.1` is the first component of the second element of PIA
in a LIN loop."""


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]) if arguments else collected.FOLDER
    text = page(folder)
    PAGE.write_text(text, encoding="utf-8")
    missing = text.count(" |  |\n")
    sys.stderr.write(f"{PAGE.name}: {missing} elements without a reason\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
