"""Reckoning with what a partner printed: decimals, sums of which one part may be unknown, roundings."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any, Final

CENT: Final = Decimal("0.01")  # what one rounding costs: partners round lines before they add them
_LONGEST: Final = Decimal(10) ** 20  # beyond this a Decimal of 28 digits has no cents
_HALVES: Final = tuple(Decimal(5).scaleb(-places - 1) for places in range(8))

Note = tuple[str, str]  #: path of the member, what is odd


def decimal(value: Any) -> Decimal | None:
    """*value* as a Decimal; None when it is absent or is none (then it is a fault already)."""
    if value is None:
        return None
    try:
        made = Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        return None
    return made if made.is_finite() else None


def total(values: Iterable[Decimal | None]) -> Decimal | None:
    """The sum; None when one is unknown, for then nothing can be said."""
    found = Decimal(0)
    for value in values:
        if value is None:
            return None
        found += value
    return found


def half_of_last_place(value: Decimal, least: int = 0) -> Decimal:
    """How far a printed number may be from the one it was rounded from; of at least *least* decimals."""
    exponent = value.as_tuple().exponent
    places = max(-exponent if isinstance(exponent, int) else 0, least)
    return _HALVES[places] if places < len(_HALVES) else Decimal(5).scaleb(-places - 1)


def cents(value: Decimal) -> Decimal:
    """Rounded to what money is printed with; a number too long for that as it is."""
    return value.quantize(CENT) if abs(value) < _LONGEST else value


def differs(path: str, said: Decimal, found: Decimal, what: str) -> Note:
    return path, f"says {said:f}, but {what} {plain(found)}"


def plain(value: Decimal) -> str:
    """Without an exponent and without noughts at the end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
