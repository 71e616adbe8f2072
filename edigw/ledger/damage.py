"""What ``verify`` finds: one thing that is not as it was written, where, and what to do about it."""

from __future__ import annotations

from typing import Final

from edigw.records import dataclass

CHAIN: Final = "EDIGW-VERIFY-E001"
PAYLOAD: Final = "EDIGW-VERIFY-E002"
SPANS: Final = "EDIGW-VERIFY-E003"
NUMBERS: Final = "EDIGW-VERIFY-E004"
STATES: Final = "EDIGW-VERIFY-E005"
ROWS: Final = "EDIGW-VERIFY-E006"
REMOVAL: Final = "EDIGW-VERIFY-E007"
ORPHAN: Final = "EDIGW-VERIFY-E008"


@dataclass(frozen=True, slots=True)
class Damage:
    """*where* names a row (``F12``), a chain, a line of numbers or a payload; *harmless*: told, and no damage."""

    code: str
    where: str
    text: str
    advice: str
    harmless: bool = False

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"
