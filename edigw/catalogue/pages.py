"""One code's page: what, why, an example that was judged just now, what to do. As Markdown and as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from edigw.advice import ADVICE
from edigw.agreements import HELD
from edigw.catalogue.examples import EXAMPLES, UNRAISED, Example
from edigw.catalogue.judging import Shown, judged
from edigw.codes import CODES
from edigw.faults import FaultCode, Place, Spelling, by_code
from edigw.records import dataclass
from edigw.visible import visible

WIDTH: Final = 100
_LONGEST: Final = 160  #: characters of a line of an example that are shown

#: What the numbers of a fault's row stand for in an X12 answer.
SPELLED: Final[Mapping[Place, str]] = MappingProxyType(
    {Place.INTERCHANGE: "TA105", Place.GROUP: "AK905", Place.MESSAGE: "AK502", Place.SEGMENT: "AK304", Place.ELEMENT: "AK403"}
)

#: Family -> its title, and where its codes are met.
FAMILIES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "FILE": ("Files", "what a file holds, before anything of it is read"),
        "X12": ("X12 envelopes", "ISA to IEA, GS to GE, ST to SE: answered by TA1, AK9 and AK5"),
        "EDIFACT": ("EDIFACT envelopes", "UNB to UNZ, UNG to UNE, UNH to UNT: answered by UCI, UCF and UCM"),
        "CHECK": ("Messages", "what stands in a message, judged by the standard's tables: answered by AK3 and AK4, UCS and UCD"),
        "GUIDE": ("Guides", "what the partner's own guide asks for beyond the standard: answered as faults of messages are"),
        "READ": ("Leniencies", "what is overlooked by its name: noted, never answered"),
        "MAP": (
            "Documents and maps",
            "from E101 on what a map could not read, of which no answer speaks; below it mistakes in map files",
        ),
        "ROUTE": ("Held", "why an interchange or a message waits for a person: shown by edigw status and edigw show"),
        "DELIVERY": ("Deliveries", "what became of what leaves: shown by edigw show"),
        "CONFIG": ("Configuration", "mistakes in edigw.yaml and the partners' files: shown by edigw check with file, line and column"),
        "SECRET": ("Secrets", "references to secrets that cannot be followed"),
        "CHANNEL": ("Channels", "folders and inboxes: shown by edigw status"),
        "SFTPD": ("SFTP inbox", "what partners may not do in our inbox, or could not: in the log"),
        "INBOUND": ("Arrivals", "work on arrivals: in the log"),
        "HEALTH": ("Health", "what is told as an alert, and by the log"),
        "WORKER": ("Workers", "the processes that judge: in the log, and shown by edigw status"),
        "LEDGER": ("Ledger", "the database: in the log, and said by the commands"),
        "ARCHIVE": ("Archive", "stored payloads: in the log, and said by the commands"),
        "VERIFY": ("Verify", "what is not as it was written: said by edigw verify"),
        "RETAIN": ("Retention", "said by edigw retain"),
        "RECONCILE": ("Conservation", "what a day does not account for: said by edigw reconcile"),
        "EXPORT": ("Export", "said by edigw export"),
        "DAEMON": ("Daemon", "starting and ending: said by edigw run"),
        "NODE": ("Node", "several nodes of one gateway: said by edigw run and edigw status"),
        "OPERATE": ("Commands", "an action that does not fit: said by the command"),
        "WRITE": ("Writing", "documents into EDI: said by edigw build"),
        "INIT": ("New instances", "said by edigw init"),
        "DEMO": ("Demo", "said by edigw demo"),
        "CORE": ("Anything else", "what has no code of its own"),
    }
)


@dataclass(frozen=True, slots=True)
class Page:
    """A code in words. *facts*: one line each; *shown* None: there is no example."""

    code: str
    what: str
    facts: tuple[str, ...]
    why: str
    todo: str
    example: Example | None = None
    shown: Shown | None = None
    instead: str = ""


def codes() -> tuple[str, ...]:
    """Every code, family by family."""
    every = [*(one.code for one in FaultCode), *HELD, *CODES]
    order = list(FAMILIES)
    return tuple(sorted(every, key=lambda code: (order.index(family(code)), code)))


def family(code: str) -> str:
    """``X12`` of ``EDIGW-X12-E017``."""
    return code.split("-")[1]


def page(code: str) -> Page:
    """The page of a *code*, its example judged. Raises KeyError for a code there is not."""
    met = FAMILIES[family(code)][1] if family(code) in FAMILIES else ""
    if code in HELD:
        text, todo = HELD[code]
        return Page(code, text, ("held: it waits for a person",), f"Met where: {met}.", todo)
    if code in CODES:
        text, todo = CODES[code]
        fact = "of the gateway's operation or configuration, not of a partner's data"
        return Page(code, text, (fact,), f"Met where: {met}.", todo)
    row = by_code(code).value
    facts = [f"level {row.level.value}, of the {row.place.value}"]
    facts.append(f"by default {_weights(code, row)}")
    if row.x12:
        facts.append(f"in a 997 or TA1: {SPELLED.get(row.place, '')} {row.x12}")
    if row.edifact:
        facts.append(f"in a CONTRL: 0085 {row.edifact}")
    advice = ADVICE[code]
    example = EXAMPLES.get(code)
    shown = judged(example) if example is not None else None
    return Page(code, row.text, tuple(facts), advice.why, advice.todo, example, shown, UNRAISED.get(code, ""))


def markdown(one: Page) -> str:
    """The page as it stands in docs/errors."""
    lines = [f"# {one.code}", "", f"**{_sentence(one.what)}**", "", *(f"- {fact}" for fact in one.facts), "", "## Why", ""]
    lines += [*textwrap.wrap(one.why, WIDTH + 10), ""]
    if one.example is not None and one.shown is not None:
        lines += ["## Example", ""]
        for title, kind, body in _blocks(one.example, one.shown):
            lines += [title, "", f"```{kind}", *body, "```", ""]
    elif one.instead:
        lines += ["## Example", "", *textwrap.wrap(f"None: nothing raises this yet; {one.instead}.", WIDTH + 10), ""]
    lines += ["## What to do", "", *textwrap.wrap(_sentence(one.todo), WIDTH + 10), ""]
    lines += ["---", "", f"[All codes](README.md#{family(one.code).lower()})"]
    return "\n".join(lines) + "\n"


def plain(one: Page) -> Iterator[str]:
    """The page as a command prints it."""
    yield f"{one.code}: {one.what}"
    yield from one.facts
    yield ""
    yield from textwrap.wrap(one.why, WIDTH)
    if one.example is not None and one.shown is not None:
        for title, _, body in _blocks(one.example, one.shown):
            yield ""
            yield title
            yield from (f"    {line}" for line in body)
    elif one.instead:
        yield from ("", *textwrap.wrap(f"Nothing raises this yet; {one.instead}.", WIDTH))
    yield ""
    yield from textwrap.wrap(f"what to do: {one.todo}", WIDTH)


def index() -> str:
    """The page of pages: a table for each family."""
    lines = ["# Every code, and what to do", ""]
    lines += textwrap.wrap(
        "A fault is what a partner's data did; it is shown by `edigw faults` and `edigw explain`, and answered where the standard has"
        " a word for it. The others say what stopped the gateway, or why something waits for a person. `edigw errors CODE` prints a"
        " page of these.",
        WIDTH + 10,
    )
    lines += ["", "Made by `python -m edigw.catalogue docs/errors`; the examples are judged when the pages are made.", ""]
    every = codes()
    for name, (title, met) in FAMILIES.items():
        mine = [code for code in every if family(code) == name]
        if not mine:
            continue
        lines += [f'<a id="{name.lower()}"></a>', f"## {title}", "", f"{_sentence(met)}", "", *_table(mine), ""]
    return "\n".join(lines).rstrip() + "\n"


def _weights(code: str, row: Spelling) -> str:
    if family(code) == "X12" or row.severity_x12 is row.severity_edifact:
        return row.severity_x12.word
    if family(code) == "EDIFACT":
        return row.severity_edifact.word
    return f"{row.severity_x12.word} in X12, {row.severity_edifact.word} in EDIFACT"


def _table(mine: list[str]) -> Iterator[str]:
    known = {one.code: one.value for one in FaultCode}
    if any(code in known for code in mine):
        yield "| code | what | X12 | EDIFACT |"
        yield "| --- | --- | --- | --- |"
    else:
        yield "| code | what |"
        yield "| --- | --- |"
    for code in mine:
        link = f"[{code}]({code}.md)"
        if code not in known:
            text = HELD[code][0] if code in HELD else CODES[code].text
            yield f"| {link} | {text} |" + (" | |" if any(each in known for each in mine) else "")
            continue
        row = known[code]
        x12 = "" if family(code) == "EDIFACT" else row.severity_x12.word + (f", {SPELLED.get(row.place, '')} {row.x12}" if row.x12 else "")
        edifact = "" if family(code) == "X12" else row.severity_edifact.word + (f", 0085 {row.edifact}" if row.edifact else "")
        yield f"| {link} | {row.text} | {x12} | {edifact} |"


def _blocks(example: Example, shown: Shown) -> Iterator[tuple[str, str, list[str]]]:
    """Title, language and lines of what an example shows."""
    yield "This file" if example.data else "A file without a byte", "text", _text(example.data)
    if example.map:
        yield "by the partner's map", "yaml", example.map.rstrip("\n").split("\n")
    if example.policy:
        words = ", ".join(f"{code}: {word}" for code, word in example.policy)
        yield "by the partner's policies", "yaml", [f"policies: {{judge: {{{words}}}}}"]
    if example.agreed:
        words = ", ".join(f'{{message: "{one}"}}' for one in example.agreed)
        yield "by a partner's file that agrees to this only", "yaml", [f"receive: [{words}]"]
    yield "has these faults" if len(shown.faults) > 1 else "has this fault", "text", [
        _short(f"{code} ({severity}) {said}") for code, severity, said in shown.faults
    ]
    if shown.held:
        yield "and its document is held as", "text", [shown.held]
    for kind, segments in shown.answers:
        yield f"and is answered by this {kind}", "text", [_short(one) for one in segments]


def _text(data: bytes) -> list[str]:
    lines = data.decode("latin-1").split("\n")
    return [_short(line) for line in (lines[:-1] if lines[-1] == "" else lines)]


def _short(line: str) -> str:
    shown = visible(line)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}... ({len(shown)} characters)"


def _sentence(text: str) -> str:
    """*text* with a capital and a full stop; what begins with a command keeps its small letter."""
    first = text if text.startswith("edigw ") else text[:1].upper() + text[1:]
    return first if first.endswith((".", ")")) else f"{first}."
