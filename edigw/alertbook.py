"""The file in which a daemon keeps its alerts, and what of it a person is shown.

Whoever asks from outside asks the daemon, whose book may be ahead of the file: on a full disk it cannot
be written. The file says the rest: what a daemon on another machine has open, or one that does not answer.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

FILE: Final = "alerts.json"
MOST_SAID: Final = 40  # alerts over the daemon's socket, whose answer is one line of bounded length
LONGEST: Final = 600  # characters of a text there; a command is shorter

AGAIN: Final = "EDIGW-DELIVERY-E003"  # of a case whose rows do not stand still, so that nothing else tells of it


def file_name(node: str = "") -> str:
    """Of the book of *node*, or of the gateway."""
    return f"alerts.{node}.json" if node else FILE


def read(path: Path) -> dict[str, Any]:
    """What the book says. Raises OSError, or ValueError for one that is damaged."""
    found = json.loads(path.read_bytes())
    if not isinstance(found, dict) or not isinstance(found.get("open"), dict) or not isinstance(found.get("outbox"), list):
        raise ValueError("it is no book of alerts")
    return found


def write(path: Path, book: Mapping[str, Any]) -> None:
    """The whole book, or the one before it. Raises OSError."""
    part = path.with_suffix(".json.tmp")
    with part.open("w", encoding="utf-8") as file:
        json.dump(book, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def said(opened: Mapping[str, Mapping[str, Any]]) -> list[dict[str, str]]:
    """The alerts that are *opened*, the oldest first, without those that are a case: ``standing still`` says these."""
    found = [{"key": key, **one} for key, one in opened.items() if one["source"] != "case" or one["code"] == AGAIN]
    found.sort(key=lambda one: str(one["since"]))
    plain = {"key": "key", "code": "code", "since": "since", "text": "title", "next": "next"}
    return [{name: str(one[key])[:LONGEST] for name, key in plain.items()} for one in found[:MOST_SAID]]


def besides(alerts: Iterable[Mapping[str, str]], troubles: Iterable[str], *, nodes: bool) -> list[Mapping[str, str]]:
    """*alerts* without what is told anyway: what hinders the daemon (*troubles*) and, where *nodes* are listed, those that are gone."""
    hindering = [(text, text.replace(":", " ").split()) for text in troubles]

    def told(one: Mapping[str, str]) -> bool:
        source, _, rest = one["key"].partition(":")
        if source == "node":
            return any(one["text"] in text or one["code"] in words for text, words in hindering)
        if source == "channel":  # its words change from try to try; its name and code do not
            return any({one["code"], rest.rpartition(":")[0]} <= set(words) for _, words in hindering)
        return nodes and source == "gone"

    return [one for one in alerts if not told(one)]
