"""What a document says and the message it is written as has no words for."""

from __future__ import annotations

from collections.abc import Sequence


class Unsayable(ValueError):
    """What the message cannot say: (member, why), each."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{path}: {text}" for path, text in problems))
