"""``schema`` and ``errors``: what documents look like, and what each code means."""

from __future__ import annotations

import difflib
import json
import sys

import click

from edigw.cli import inputs
from edigw.cli.inputs import UNREADABLE, put, say


@click.command("schema")
@click.argument("kind")
def schema(kind: str) -> None:
    """Print the JSON Schema (2020-12) of a KIND of document: order, order_response, despatch_advice, invoice.

    Exit status 0; 2: there is no such kind.
    """
    from edigw import documents

    if kind not in documents.KINDS:
        say(f"there is no kind of document {kind}; there are {', '.join(documents.KINDS)}")
        sys.exit(UNREADABLE)
    put(json.dumps(documents.schema(kind), indent=2, ensure_ascii=False))


@click.command("errors")
@click.argument("code", required=False)
@inputs.json_option
def errors(code: str | None, as_json: bool) -> None:
    """Print the error catalogue, or one CODE: what it means, an example with its answer, and what to do.

    Columns, separated by tabs: code, severity in X12, severity in EDIFACT, level, place, the
    code in an X12 answer (TA105, AK905, AK502, AK304, AK403 by place), the code in a CONTRL
    (0085), text, advice.

    Exit status 0; 2: there is no such code.
    """
    catalogue = _catalogue()
    if code is None:
        for row in catalogue:
            put(json.dumps(row, ensure_ascii=False) if as_json else "\t".join(row.values()))
        return
    found = next((one for one in catalogue if one["code"] == code.upper()), None)
    if found is None:
        near = difflib.get_close_matches(code.upper(), [one["code"] for one in catalogue], 3)
        say(f"there is no code {code}" + (f"; near are {', '.join(near)}" if near else "; edigw errors lists them all"))
        sys.exit(UNREADABLE)
    if as_json:
        put(json.dumps(found, ensure_ascii=False))
        return
    from edigw.catalogue import pages

    for line in pages.plain(pages.page(found["code"])):
        put(line)


def _catalogue() -> list[dict[str, str]]:
    from edigw.advice import ADVICE
    from edigw.agreements import HELD
    from edigw.codes import CODES
    from edigw.faults import FaultCode

    rows = []
    for member in FaultCode:
        one = member.value
        rows.append(
            {
                "code": one.code,
                "severity_x12": one.severity_x12.word,
                "severity_edifact": one.severity_edifact.word,
                "level": one.level.value,
                "place": one.place.value,
                "x12": one.x12,
                "edifact": one.edifact,
                "text": one.text,
                "advice": ADVICE[one.code].todo,
            }
        )
    blank = {"severity_x12": "", "severity_edifact": "", "level": "routing", "place": "", "x12": "", "edifact": ""}
    rows += [{"code": code, **blank, "text": text, "advice": advice} for code, (text, advice) in HELD.items()]
    blank["level"] = "operation"
    rows += [{"code": code, **blank, "text": meaning.text, "advice": meaning.advice} for code, meaning in CODES.items()]
    return rows
