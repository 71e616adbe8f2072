"""Where something stands in a received file. Pure, and below everything that speaks of faults or messages."""

from __future__ import annotations

from typing import Literal, TypeAlias

from edigw.records import dataclass

Syntax: TypeAlias = Literal["x12", "edifact"]


@dataclass(frozen=True, slots=True)
class Position:
    """Where something stands in a received file, fine enough for an AK4 or a UCD."""

    offset: int  #: bytes from the start of the file
    segment: int = 0  #: counted from ST or UNH, which is 1; 0 means outside a message
    element: int = 0  #: counted from 1; 0 means the segment as a whole
    component: int = 0  #: counted from 1; 0 means the element as a whole
    repeat: int = 0  #: counted from 1; 0 means the only one, or all

    @property
    def short(self) -> str:
        """``segment/element.component`` without what is 0: ``2/3``, ``7/2.1``, ``4``."""
        text = str(self.segment)
        if self.element:
            text += f"/{self.element}"
            if self.component:
                text += f".{self.component}"
        return text
