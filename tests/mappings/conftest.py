"""A message from a few lines, a library from a few more: what the tests of maps are written with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from edigw import parsers, standards
from edigw.mappings import Library, Program, Read
from edigw.model import Delimiters, Message
from edigw.standards import walk


@pytest.fixture
def message() -> Callable[..., Message]:
    """``message("BEG*00*SA*A1**20261120", ...)``: the segments between header and trailer, as a message."""

    def make(*segments: str, release: str = "004010", type: str = "850") -> Message:
        if type.isdecimal():
            texts = [f"ST*{type}*0001", *segments, f"SE*{len(segments) + 2}*0001"]
            data = "~".join(
                [
                    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *261120*1530*U*00401*000000001*0*T*>",
                    f"GS*PO*SENDER*RECEIVER*20261120*1530*1*X*{release}",
                    *texts,
                    "GE*1*1",
                    "IEA*1*000000001",
                    "",
                ]
            )
        else:
            version, rest = release[:1], release[1:]
            texts = [f"UNH+1+{type}:{version}:{rest}:UN", *segments, f"UNT+{len(segments) + 2}+1"]
            data = "'".join(["UNB+UNOC:3+SENDER+RECEIVER+261120:1530+1", *texts, "UNZ+1+1", ""])
        raw = data.encode("latin-1")
        (interchange,) = parsers.split(raw)
        (found,) = parsers.read(raw, interchange)  # type: ignore[arg-type]
        return found

    return make


@pytest.fixture
def library() -> Callable[..., Library]:
    """``library("map: acme/850 ...")``: partners' maps, each named by its own first line."""

    def make(*maps: str) -> Library:
        named = {text.split("map:", 1)[1].split(None, 1)[0]: text for text in maps}
        return Library({name: (f"{name}.yaml", text.encode()) for name, text in named.items()})

    return make


@pytest.fixture
def read(message: Callable[..., Message]) -> Callable[..., Read]:
    """A message's segments read by a program."""

    def run(program: Program, *segments: str) -> Read:
        standard = program.standard
        made = message(*segments, release=standard.release, type=standard.type)
        return program.read(walk.walk(made, standard).root, made)

    return run


@pytest.fixture
def written() -> Callable[..., list[str]]:
    """A document written by a program, each segment as text."""

    def run(program: Program, document: dict[str, Any], **extra: Any) -> list[str]:
        x12 = program.standard.syntax == "x12"
        delimiters = Delimiters("*", ">", "~") if x12 else Delimiters("+", ":", "'", "", "?", extra.pop("decimal", "."))
        cuts = program.write(document, delimiters=delimiters, charset=extra.pop("charset", "ascii"), **extra)
        plain = [[one if isinstance(one, str) else delimiters.component.join(map(str, one)) for one in cut] for cut in cuts]
        return [delimiters.element.join(cut) for cut in plain]

    return run


@pytest.fixture
def program(library: Callable[..., Library]) -> Callable[..., Program]:
    """``program("x12/850")``, or of a partner's map: ``program("acme/850", "map: acme/850 ...")``."""

    def make(name: str, *maps: str, release: str = "") -> Program:
        held = library(*maps)
        syntax, _, type = held.load(name).base.partition("/")
        release = release or ("004010" if syntax == "x12" else "D96A")
        standard = standards.find(syntax, type, release)  # type: ignore[arg-type]
        assert standard is not None
        return held.program(name, standard)

    return make
