"""``edigw why`` and ``translate --why``: what stands behind a value of a document, or why nothing does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from edigw import generation, lineage, parsers, standards
from edigw.cli import main
from edigw.mappings import Library, traced
from edigw.model import Unreadable
from edigw.standards import walk
from edigw.states import Kind
from edigw.tables import payload

SAMPLES = Path(__file__).parents[2] / "samples"
BASE = Library()


def told(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["translate", *words])
    return result.exit_code, result.stdout, result.stderr


ORDER = SAMPLES / "orders-x12-850-minimal" / "in.edi"


def with_segment(order: bytes, segment: bytes) -> bytes:
    """*order* with one more segment before its line."""
    return order.replace(b"PO1*", segment + b"~PO1*", 1).replace(b"SE*4*", b"SE*5*")


def test_where_a_value_comes_from():
    status, out, _ = told(str(ORDER), "--why", "lines[0].item.buyer_id")
    data = ORDER.read_bytes()
    at = data.index(b"065322117")
    assert status == 0
    first, second, third = out.splitlines()
    assert first == 'lines[0].item.buyer_id = "065322117"'
    assert second == f"  from  PO1.7 Product/Service ID: segment 3, byte {at} of {ORDER}"
    assert re.fullmatch(r"  map   base/x12/850\.yaml:[0-9]+:[0-9]+ \(x12/850@[0-9a-f]{6}\)", third)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        pytest.param("lines[0].number", "from  no element: nothing was sent at PO1.1 of segment 3; this is the map's default", id="a default"),
        pytest.param("document", "from  no element: of every order", id="of every document"),
        pytest.param("source.interchange", "from  the envelope: ISA13", id="of the envelope"),
    ],
)
def test_a_value_without_an_element(path, says):
    status, out, _ = told(str(ORDER), "--why", path)
    assert (status, out.splitlines()[1].strip()) == (0, says)


def test_a_constant_and_a_link():
    file = str(SAMPLES / "despatch-x12-856" / "in.edi")
    status, out, _ = told(file, "--why", "packages[0]")
    assert status == 0
    assert "from  no element: the map's own word for HL, segment" in out
    assert "from  no element: made when the document was read: objects of it name each other by it" in out


def test_what_no_binding_took(tmp_path):
    file = tmp_path / "po.edi"
    file.write_bytes(with_segment(ORDER.read_bytes(), b"SPI*00"))  # SE*4 counts ST, BEG, PO1 and SE
    status, out, _ = told(str(file), "--why", "unmapped[0].value")
    at = file.read_bytes().index(b"SPI*00") + 4
    assert status == 0
    assert out.splitlines() == [
        'unmapped[0].value = "00"',
        f"  from  SPI.1 Security Level Code: segment 3, byte {at} of {file}",
        "  not in a member: nothing in x12/850 reads it",
    ]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        pytest.param("currency", "nothing was sent for currency; x12/850 reads it from CUR+BY.2 (base/x12/850.yaml:", id="not sent"),
        pytest.param("buyer.id", "nothing was sent for buyer; x12/850 reads it from N1+BY.4 (base/x12/850.yaml:", id="its part was not sent"),
        pytest.param("lines[0].quantty", "there is no member lines.quantty; did you mean quantity?", id="a slip"),
        pytest.param("lines[7].quantity", "lines has 1, from [0]", id="behind the last"),
        pytest.param("lines.quantity", "lines is a list; write lines[0].quantity", id="no place in the list"),
        pytest.param("number.of", "number is a value, 'PO-4712'", id="below a value"),
        pytest.param("[0]", "'[0]' is no path", id="no path"),
    ],
)
def test_nothing_stands_there(path, says):
    status, out, err = told(str(ORDER), "--why", path)
    assert (status, out) == (1, "")
    assert says in err


@pytest.mark.parametrize("file", [pytest.param(one.parent / "in.edi", id=one.parent.name) for one in sorted(SAMPLES.glob("*/document.json"))])
def test_the_bytes_are_those_of_the_value(file):
    """In every sample: the document read with origins is the document, and at each origin's byte stands what is said to be sent."""
    data = file.read_bytes()
    values = 0
    for interchange in parsers.split(data):
        if isinstance(interchange, Unreadable):
            continue
        for message in parsers.read(data, interchange):
            release = standards.nearest(interchange.syntax, message.type, message.release)  # as it is read where nobody has it
            standard = standards.find(interchange.syntax, message.type, message.release) or standards.find(interchange.syntax, message.type, release)
            if standard is None or f"{interchange.syntax}/{message.type}" not in BASE:
                continue
            program = BASE.program(f"{interchange.syntax}/{message.type}", standard)
            walked = walk.walk(message, standard)
            document = program.read(walked.root, message, walked.unplaced).document
            assert program.trace(walked.root, message, walked.unplaced) == document
            assert not any(traced.origin(value) for value in document.values())
            for one in lineage.sources(document, "", message, program):
                values += 1
                assert one.how != "worked out" or "does not make it" not in one.text, one
                if one.how in ("sent", "left") and one.at is not None:
                    release = message.notation.delimiters.release
                    raw = data[one.offset : one.offset + 3 * len(one.sent.encode())].decode(message.notation.charset, "replace")
                    if release:
                        raw = re.sub(re.escape(release) + "(.)", r"\1", raw, flags=re.DOTALL)
                    assert raw.startswith(one.sent), one
    assert values


# -- of the ledger


def keep(house) -> None:
    """The configuration into the ledger, as the daemon does before anything is judged by it."""
    data = generation.read(house.folder).to_bytes()
    house.ledger.run(lambda tx: tx.generation(data))


def test_of_a_document_in_the_ledger(house, edigw, files):
    """By the partner's map, as the configuration was when the order came, whatever it is today."""
    order = with_segment(files.ORDER, b"REF*DP*038")
    keep(house)
    house.arrive(order)
    (row,) = house.ledger.rows(Kind.MESSAGE, limit=9)
    house.edit(files.MAP, "DP: extensions.department", "DP: extensions.section")
    result = edigw("why", row.label, "extensions.department", "--json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said | {"map": "", "place": ""} == {
        "path": "extensions.department",
        "value": "038",
        "how": "sent",
        "segment": "REF",
        "position": 3,
        "element": 2,
        "offset": order.index(b"038~"),
        "name": "Reference Identification",
        "sent": "038",
        "map": "",
        "place": "",
    }
    assert said["place"].startswith("partners/acme/maps/850.yaml:3:")
    (delivery,) = house.ledger.rows(Kind.DELIVERY, message=row.id, limit=9)
    assert edigw("why", delivery.label, "extensions.department", "--json").stdout == result.stdout
    shown = edigw("why", row.label, "number").stdout
    assert f"byte {order.index(b'PO-4712')} of F1 " in shown


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(["why", "M9", "number"], "M9 is not in the ledger; next: edigw list", id="no such message"),
        pytest.param(["why", "F1", "number"], "F1 is no document; next: edigw show F1", id="a file"),
        pytest.param(["why", "M1", "currency"], "EDIGW-OPERATE-E003 M1: nothing stands at currency: nothing was sent", id="not sent"),
    ],
)
def test_what_cannot_be_told(house, edigw, files, words, says):
    keep(house)
    house.arrive(files.ORDER)
    result = edigw(*words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert says in result.stderr


UNNUMBERED = [
    pytest.param("number", 1, "nothing was sent for number; acme/850 reads it from BEG.3 (base/x12/850.yaml:", id="what is missing"),
    pytest.param("lines[0].quantity", 0, "  from  PO1.2 Quantity Ordered: segment 4, byte ", id="what is there"),
    pytest.param("buyer.id", 0, "  from  N1.4 Identification Code: segment 3, byte ", id="in a part"),
]


@pytest.mark.parametrize(("path", "status", "says"), UNNUMBERED)
def test_of_a_message_without_a_document(house, edigw, files, path, status, says):
    """A required field was not sent: the line of the map that would have read it is told, and what else the map reads."""
    keep(house)
    house.edit(files.PARTNER, "policies: {order: none}", "policies: {order: none, judge: {EDIGW-CHECK-E020: warn}}")
    house.arrive(files.NO_NUMBER)
    assert (house.state("M1"), house.row("M1").held, house.row("M1").document) == (["held"], "EDIGW-ROUTE-E009", None)
    result = edigw("why", "M1", path)
    assert result.exit_code == status, result.output
    assert says in (result.stderr if status else result.stdout)
    assert "M1 has no document (EDIGW-ROUTE-E009 number: is required and was not sent); told is what its map reads" in result.stderr
    assert "--payload" not in result.stderr


def test_of_a_file_without_a_document():
    file = SAMPLES / "orders-x12-850-no-number" / "in.edi"
    status, out, err = told(str(file), "--why", "number")
    assert (status, out) == (1, "")
    assert "850 0001: nothing stands at number: nothing was sent for number; x12/850 reads it from BEG.3 (base/x12/850.yaml:" in err
    status, out, _ = told(str(file), "--why", "lines[0].quantity")
    at = file.read_bytes().index(b"*10*EA") + 1
    assert out.splitlines()[:2] == ['lines[0].quantity = "10"', f"  from  PO1.2 Quantity Ordered: segment 4, byte {at} of {file}"]


def test_no_map_has_read_it(house, edigw, files):
    """It is no message that was agreed."""
    house.edit(files.PARTNER, 'message: "850", map: acme/850', 'message: "855"')
    house.arrive(files.ORDER)
    assert (house.state("M1"), house.row("M1").map) == (["rejected"], "")
    result = edigw("why", "M1", "number")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "M1 has no document: no map has read it; next: edigw show M1" in result.stderr


def test_without_the_configuration_it_was_judged_by(house, edigw, files):
    house.arrive(files.ORDER)
    result = edigw("why", "M1", "number")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, 'number = "PO-4712"')
    assert "the configuration M1 was judged by is not in the ledger; it is read by today's" in result.stderr


def test_when_the_file_was_removed(house, edigw, files):
    """Retention takes the bytes; what is left to say is that."""
    keep(house)
    house.arrive(files.ORDER)
    number = house.row("F1").payload
    engine = house.ledger._database.writing
    with engine.connect() as connection, connection.begin():
        connection.execute(update(payload).where(payload.c.id == number).values(removed_at=house.clock()))
    result = edigw("why", "M1", "number")
    assert result.exit_code == 1
    assert "EDIGW-ARCHIVE-E001 M1: was removed by retention at" in result.stderr
