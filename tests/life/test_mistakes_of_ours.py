"""Mistakes in our own configuration: all told at once with their places, and nobody else is stopped by them."""

from __future__ import annotations

import json
from dataclasses import replace

from edigw.states import InterchangeIn, Kind

MAP_WITH_TEN_MISTAKES = """map: acme/850
extends: x12/850
change:
  BEG: {3: numbr}
  CUR: {2: {feld: currency}}
  REF: {into: {DP: extensions.}}
  DTM: {into: {002: deliverd_on}}
  XYZ: {1: number}
  PER: {others: sometimes}
  N9: {1: {default: x, defualt: y}}
  PO1: {body: [{PID: {into: {F: item.descriptoin*}}}, {PO4: {99: pack.inner}}]}
"""
#: line, column and code of each
TEN = [
    (4, 12, "EDIGW-MAP-E002"), (5, 13, "EDIGW-MAP-E001"), (5, 12, "EDIGW-MAP-E008"), (6, 20, "EDIGW-MAP-E012"), (7, 21, "EDIGW-MAP-E002"),
    (8, 3, "EDIGW-MAP-E007"), (9, 17, "EDIGW-MAP-E001"), (10, 24, "EDIGW-MAP-E001"), (11, 33, "EDIGW-MAP-E002"), (11, 66, "EDIGW-MAP-E005"),
]  # fmt: skip

PARTNER_WITH_FIVE_MISTAKES = """partner: acme
name: ACME Stores
x12: [{qualifier: ZZ, id: ACMESTORES, group: ACME}]
channels: {in: acme-in, out: acme-outt}
receive:
  - {message: "850", releases: ["004011"], map: x12/850, deliver: epr, acknowledge: {with: "997"}}
policies: {forward: hold-bed}
numbering: {interchange: none}
"""
FIVE = [
    (4, 30, "EDIGW-CONFIG-E014"), (6, 33, "EDIGW-CONFIG-E022"), (6, 67, "EDIGW-CONFIG-E014"), (7, 21, "EDIGW-CONFIG-E013"), (8, 26, "EDIGW-CONFIG-E013"),
]  # fmt: skip


def places(lines, file):
    """(line, column, code) of every problem of *file* among what ``edigw check`` or the daemon says."""
    found = []
    for line in lines:
        if f"partners/acme/{file}:" in line:
            row, column, code = line.partition(f"partners/acme/{file}:")[2].replace(":", " ").split()[:3]
            found.append((int(row), int(column), code))
    return sorted(found)


def checked(gateway):
    """(line, column, code) of every problem that ``edigw check`` names."""
    problems = json.loads(gateway.command("check", "--json", status=1))
    return sorted((one["line"], one["column"], one["code"]) for one in problems if one["kind"] == "problem")


def test_a_map_with_ten_mistakes(gateway, traffic):
    """A reload names all ten and changes nothing: the daemon goes on with the generation it has."""
    gateway.start()
    generation = gateway.facts("daemon.ready")[0]["generation"]
    maps = gateway.root / "partners/acme/maps"
    maps.mkdir()
    (maps / "850.yaml").write_text(MAP_WITH_TEN_MISTAKES)
    gateway.partner("acme", receive='{message: "850", map: acme/850, deliver: erp, acknowledge: {with: "997"}}')
    told = gateway.reload()
    assert places(told, "maps/850.yaml") == sorted(TEN)
    (kept,) = gateway.facts("configuration.kept")
    assert (kept["problems"], kept["code"], kept["next"]) == (10, "EDIGW-CONFIG-E000", "edigw check")
    assert places([f"{fact['place']} {fact['code']}" for fact in gateway.facts("configuration.problem")], "maps/850.yaml") == sorted(TEN)
    assert checked(gateway) == sorted(TEN)
    gateway.drop(*traffic.mix(4))  # by the old generation
    gateway.wait_quiet()
    gateway.check_all()
    assert {row.generation[:12] for row in gateway.ledger.rows(Kind.INTERCHANGE)} == {generation}
    (maps / "850.yaml").unlink()
    gateway.partner("acme")
    assert gateway.reload() == []
    assert gateway.stop() == 0


def test_a_partner_file_with_five_mistakes(gateway, traffic):
    """All five are told at the start; that partner's files are held, the others go on, and mended it is released."""
    good = (gateway.root / "partners/acme/partner.yaml").read_text()
    (gateway.root / "partners/acme/partner.yaml").write_text(PARTNER_WITH_FIVE_MISTAKES)
    gateway.start()
    told = gateway.facts("configuration.partner_broken")
    assert places([f"{fact['place']} {fact['code']}" for fact in told], "partner.yaml") == FIVE
    assert {fact["next"] for fact in told} == {"edigw check"}
    assert checked(gateway) == FIVE
    order = traffic.order()
    gateway.drop(replace(order, documents=(), answers=(), state="split"), traffic.edifact())
    gateway.wait_quiet()
    gateway.check_all()
    (held,) = gateway.ledger.rows(Kind.INTERCHANGE, state=InterchangeIn.HELD)
    assert held.held == "EDIGW-ROUTE-E006"
    assert "partners/acme/partner.yaml:4:30: EDIGW-CONFIG-E014" in held.reason
    (gateway.root / "partners/acme/partner.yaml").write_text(good)
    gateway.sent[0] = order
    gateway.command("release", held.label, "--reason", "the partner's file is mended")
    gateway.wait_quiet()
    gateway.check_all()
    assert gateway.stop() == 0
