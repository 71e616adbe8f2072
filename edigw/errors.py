"""What stops us: exceptions that carry values, so programs can act and people can read.

What a partner's data did is not here: that is a fault (``faults.py``), it is data,
and it is answered on the wire.
"""

from __future__ import annotations

from collections.abc import Sequence

from edigw.records import dataclass


class EdigwError(Exception):
    """The root of everything this package raises on purpose.

    *code* is stable (``EDIGW-CONFIG-E001``); *advice* is the next command or edit.
    """

    code: str = "EDIGW-CORE-E000"
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a configuration or a map, at its place.

    *place* reads ``file:line:column`` (line and column 1-based); *code* is stable;
    *advice* names the nearest right word or the next step, or is empty.
    """

    place: str
    text: str
    code: str = "EDIGW-CONFIG-E001"
    advice: str = ""

    def __str__(self) -> str:
        tail = f" ({self.advice})" if self.advice else ""
        code = f"{self.code} " if self.code else ""  # a note that something is well has none
        return f"{self.place}: {code}{self.text}{tail}"


class ConfigError(EdigwError):
    """The configuration cannot be used. Holds every problem found, not the first."""

    code = "EDIGW-CONFIG-E000"
    advice = "edigw check"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))


class NotWritable(EdigwError):
    """A document or envelope cannot be written as EDI; nothing was written.

    *problems* are ``(where, text)``: the document field or segment place, and the rule.
    """

    code = "EDIGW-WRITE-E000"

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{where}: {text}" for where, text in problems))


class LedgerUnavailable(EdigwError):
    """The ledger's database cannot be reached or is locked, or its disk is full; nothing was changed."""

    code = "EDIGW-LEDGER-E001"
    advice = "make room for the database, or mend it; we try again"


class LedgerLocked(LedgerUnavailable):
    """Another program holds the ledger's file locked; nothing was changed. *file* is its path, ``""`` where that is not known."""

    def __init__(self, text: str, file: str = "") -> None:
        super().__init__(text)
        holder = f"see who holds it: fuser -v {file or 'ledger.db'}"
        self.advice = f"{holder}; once it has let go the gateway goes on, and a command may be said again"


class Superseded(EdigwError):
    """A row is no longer ours: its state, lease owner or attempt changed under us.

    The step must stop; whoever holds the row now carries it on.
    """

    code = "EDIGW-LEDGER-E002"
