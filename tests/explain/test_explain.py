"""``edigw explain``: what a person sees of a file, line by line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edigw.cli import main
from edigw.judging import MOST_SEGMENTS

SAMPLES = Path(__file__).parents[2] / "samples"
EXPECTED = Path(__file__).parent / "expected"

GOOD = ["BEG*00*SA*PO-1**20261120", "PO1*1*10*EA*9.25**VN*A1", "CTT*1"]


def interchange(*segments: str, kind: str = "850", ge: str = "GE*1*7", iea: str = "IEA*1*000000905") -> bytes:
    isa = f"ISA*00*{' ' * 10}*00*{' ' * 10}*ZZ*{'ACMESTORES':15}*ZZ*{'OURCOMPANY':15}*261120*1530*U*00401*000000905*0*P*>"
    lines = [isa, "GS*PO*ACME*HUB*20261120*1530*7*X*004010", f"ST*{kind}*0001", *segments, f"SE*{len(segments) + 2}*0001", ge, iea]
    return ("~".join(line for line in lines if line) + "~").encode("latin-1")


def edifact(*segments: str) -> bytes:
    lines = ["UNB+UNOC:3+A:14+B:14+261120:1530+1", "UNH+1+ORDERS:D:96A:UN", *segments, f"UNT+{len(segments) + 2}+1", "UNZ+1+1"]
    return ("'".join(lines) + "'").encode("latin-1")


def explain(data: bytes, *options: str) -> Result:
    result = CliRunner().invoke(main, ["explain", *options, "-"], input=data, prog_name="edigw")
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def lines(data: bytes, *options: str) -> list[str]:
    return explain(data, *options).stdout.splitlines()


# Whole listings, as they are printed


@pytest.mark.parametrize("path", sorted(EXPECTED.glob("*.txt")), ids=lambda path: path.stem)
def test_whole_listing(path):
    printed = CliRunner().invoke(main, ["explain", str(SAMPLES / path.stem / "in.edi")], prog_name="edigw").stdout
    assert printed == path.read_text(encoding="utf-8")


def test_there_are_whole_listings():
    assert len(list(EXPECTED.glob("*.txt"))) >= 3


@pytest.mark.parametrize("folder", sorted(path.parent for path in SAMPLES.glob("*/in.edi")), ids=lambda folder: folder.name)
def test_every_sample_fits_a_terminal_and_leaves_with_the_status_of_faults(folder):
    shown = CliRunner().invoke(main, ["explain", str(folder / "in.edi")], prog_name="edigw")
    judged = CliRunner().invoke(main, ["faults", "--json", str(folder / "in.edi")], prog_name="edigw")
    assert [line for line in shown.stdout.splitlines() if len(line) > 100] == []
    assert shown.exit_code == judged.exit_code
    for line in judged.stdout.splitlines():
        code = line.partition('"code": "')[2][:20].partition('"')[0]
        assert code in shown.stdout or code.startswith("EDIGW-MAP-")  # no map is read here


# Faults stand where they belong


@pytest.mark.parametrize(
    ("data", "above", "said", "below"),
    [
        pytest.param(
            interchange("BEG*00*SA*PO-1**20261332", *GOOD[1:]),
            "             05     373  Date ............................. 20261332",
            "          !! BEG05: the value is no date: '20261332'",
            "             EDIGW-CHECK-E027, reject (AK403 8), byte 158",
            id="a bad value, beneath its element",
        ),
        pytest.param(
            interchange("BEG*00*SA***20261120", *GOOD[1:]),
            "             02      92  Purchase Order Type Code ......... SA  stand-alone order",
            "          !! BEG03: a mandatory element is missing",
            "             EDIGW-CHECK-E020, reject (AK403 1), byte 158",
            id="a missing element, where it should stand",
        ),
        pytest.param(
            interchange(*GOOD[1:]),
            "             02     329  Transaction Set Control Number ... 0001",
            "          !! BEG: a mandatory segment is missing",
            "             EDIGW-CHECK-E012, reject (AK304 3), byte 158",
            id="a missing segment, before the one that came instead",
        ),
        pytest.param(
            interchange(*GOOD, ge="GE*2*7"),
            "             01      97  Number of Transaction Sets Included  2",
            "          !! GE01 is not the number of transaction sets (2 declared, 1 counted): '2'",
            "             EDIGW-X12-E022, reject (AK905 5), byte 223",
            id="a group's count, in its trailer",
        ),
        pytest.param(
            interchange(*GOOD, iea=""),
            "             02      28  Group Control Number ............. 7",
            "          !! IEA: the interchange ends without IEA",
            "             EDIGW-X12-E003, reject (TA105 023), byte 230",
            id="a missing trailer, at the end",
        ),
        pytest.param(
            edifact("BGM+220+1+9", "DTM+137:20261120:102", "LIN+1++4012345100013:EN", "QTY+21:VIER", "UNS+S"),
            "               01.2  6060  Quantity ....................... VIER",
            "            !! QTY01.2: the value's characters are not those of its type (a number)",
            "               EDIGW-CHECK-E025, reject (0085 37), byte 114",
            id="a component, in the loop's indent",
        ),
    ],
)
def test_a_fault_stands_in_its_place(data, above, said, below):
    shown = lines(data)
    at = shown.index(said)
    assert (shown[at - 1], shown[at + 1]) == (above, below)


def test_what_to_do_stands_under_a_fault():
    shown = lines(interchange("BEG*00*SA*PO-1**20261332", *GOOD[1:]))
    at = shown.index("             EDIGW-CHECK-E027, reject (AK403 8), byte 158")
    assert shown[at + 1].startswith("             what to do: ")


# What is shown of values


def test_a_number_without_its_point_is_shown_with_it():
    shown = lines(interchange(*GOOD[:2], "SAC*C*D240***1250", "CTT*1"))
    assert "               05     610  Amount ......................... 1250  = 12.50" in shown


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        pytest.param(interchange("BEG*00*SA*PO\x1b[2J**20261120", *GOOD[1:]), "PO\\x1b[2J", id="escape sequence in X12"),
        pytest.param(edifact("BGM+220+\x9b2J+9", "DTM+137:20261120:102", "UNS+S"), "\\x9b2J", id="a C1 control in EDIFACT"),
        pytest.param(b"\x1b]0;renamed\x07 no interchange", "\\x1b]0;renamed\\x07", id="bytes of no interchange"),
        pytest.param(interchange(*GOOD, "X\x1b[1m*1"), "X\\x1b[1m", id="a tag"),
    ],
)
def test_what_acts_on_a_terminal_is_escaped(data, shown):
    printed = explain(data).stdout
    assert shown in printed
    assert not any(ord(one) < 32 or 0x7F <= ord(one) < 0xA0 for one in printed.replace("\n", ""))


def test_a_long_value_is_folded_and_a_huge_one_cut():
    shown = lines(interchange("BEG*00*SA*" + 50 * "1234567890" + "**20261120", *GOOD[1:]))
    start = next(at for at, line in enumerate(shown) if "Purchase Order Number" in line)
    assert shown[start + 1] == " " * 60 + 4 * "1234567890"
    assert max(map(len, shown)) <= 100
    assert any(line.endswith("... (5000 characters)") for line in lines(interchange("BEG*00*SA*" + 5000 * "1" + "**20261120", *GOOD[1:])))


# Files


def test_everything_in_a_file_is_shown_in_order():
    first, second = interchange(*GOOD), edifact("BGM+220+1+9", "DTM+137:20261120:102", "UNS+S")
    result = explain(b"some words\n" + first + b"\n" + second)
    heads = [line for line in result.stdout.splitlines() if line and not line.startswith((" ", "from", "separators", "1 message", "="))]
    assert heads == [
        "not an interchange: bytes 0 to 11",
        "X12 interchange 000000905, 00401, production, prepared 261120 1530",
        "850 Purchase Order 0001, release 004010: accepted",
        "EDIFACT interchange 1, UNOC:3, production, prepared 261120 1530",
        "ORDERS Purchase order message 1, release D96A: accepted",
    ]
    assert result.exit_code == 1


def test_groups_of_edifact_and_stray_segments_are_shown():
    data = (
        b"UNB+UNOC:3+A:14+B:14+261120:1530+1'UNG+ORDERS+A+B+261120:1530+9+UN+D:96A'UNH+1+ORDERS:D:96A:UN'BGM+220+1+9'DTM+137:20261120:102'"
        b"UNS+S'UNT+5+1'UNE+2+9'XYZ+7'UNZ+1+1'"
    )
    tags = [line[8:11] for line in lines(data) if line[:8].strip() == "" and line[8:9].strip()]
    assert tags == ["UNB", "UNG", "UNE", "XYZ", "UNZ"]
    assert "          !! UNE 0060 is not the number of messages (2 declared, 1 counted): '2'" in [
        line.replace("UNE01: ", "") for line in lines(data)
    ]


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        pytest.param(b"", 2, "EDIGW-FILE-E003", id="empty"),
        pytest.param(b"Dear supplier", 2, "EDIGW-FILE-E001, reject; what to do: ", id="a letter"),
        pytest.param(interchange(*GOOD), 0, ": accepted", id="accepted"),
        pytest.param(interchange("B1*X", kind="299"), 1, "EDIGW-CHECK-E001", id="unknown set, shown as far as segments are known"),
    ],
)
def test_exit_status(data, status, said):
    result = explain(data)
    assert result.exit_code == status
    assert said in result.stdout + result.stderr


def test_bare_messages():
    data = b"UNH+1+ORDERS:D:96A:UN'BGM+220+1+9'DTM+137:20261120:102'UNS+S'UNT+5+1'"
    assert explain(data).exit_code == 2
    result = explain(data, "--bare")
    assert result.stdout.splitlines()[0] == "ORDERS Purchase order message 1, release D96A: accepted"
    assert result.exit_code == 0


def test_max_shows_what_is_at_fault_beyond_it():
    data = interchange(GOOD[0], GOOD[1], "PO1*2*X*EA*1", "PO1*3*1*EA*1", "CTT*3")
    shown = lines(data, "--max", "2")
    numbered = [line[:11].split() for line in shown if line[:6].strip() and line.startswith(" ")]
    assert [one for one in numbered] == [["1", "ST"], ["2", "BEG"], ["4", "PO1"]]
    assert [line.strip() for line in shown if "not shown" in line] == ["... 1 segments not shown", "... 3 segments not shown"]


def test_a_message_beyond_the_limits_is_listed_line_by_line():
    many = MOST_SEGMENTS + 1
    data = edifact("BGM+220+1+9", "DTM+137:20261120:102", *["LIN+1"] * many, "UNS+S")
    result = explain(data, "--max", "4")
    assert result.exit_code == 1
    assert "EDIGW-CHECK-E050" in result.stdout
    assert f"... {many + 1} segments not shown" in result.stdout  # all LIN but the first, UNS and UNT


def test_the_names_of_an_unknown_message_come_from_its_release():
    assert "     2  N1   Name" in lines(interchange("N1*BY*ACME", kind="299"))


def test_starting_does_not_load_documents_maps_or_the_ledger(tmp_path):
    file = tmp_path / "po.edi"
    file.write_bytes(interchange(*GOOD))
    script = (
        "import sys\nfrom edigw.cli import main\n"
        f"try:\n    main(['explain', {str(file)!r}])\nexcept SystemExit:\n    pass\n"
        "loaded = [m for m in ('sqlalchemy', 'pydantic', 'ruamel.yaml', 'edigw.mappings', 'edigw.documents') if m in sys.modules]\n"
        "sys.stderr.write('loaded:' + ','.join(loaded))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stderr == "loaded:"


def test_a_partners_guide_is_judged_by(tmp_path):
    """With --partner what its guide asks for stands in the listing, too."""
    files = {
        "edigw.yaml": "gateway: {name: hub, x12: [{qualifier: ZZ, id: OURCOMPANY}]}\nchannels: {acme-in: {folder: inbox/acme}}\n"
        "endpoints: {erp: {http: 'http://127.0.0.1:8089/edi', secret: env:ERP_SECRET}}\n",
        "partners/acme/partner.yaml": "partner: acme\nx12: [{qualifier: ZZ, id: ACMESTORES}]\nchannels: {in: acme-in}\n"
        'receive: [{message: "850", map: acme/850, deliver: erp, acknowledge: none}]\n',
        "partners/acme/maps/850.yaml": "map: acme/850\nextends: x12/850\nguide: {BEG.4: required}\n",
        "po.edi": interchange(*GOOD).decode(),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    plain = CliRunner().invoke(main, ["explain", str(tmp_path / "po.edi")])
    judged = CliRunner().invoke(main, ["--instance", str(tmp_path), "explain", "--partner", "acme", str(tmp_path / "po.edi")])
    assert "EDIGW-GUIDE" not in plain.stdout
    assert plain.exit_code == 0
    assert judged.stderr == ""
    assert "          !! BEG04: the partner's guide requires this element" in judged.stdout.splitlines()
    assert judged.exit_code == 1
    assert CliRunner().invoke(main, ["--instance", str(tmp_path), "explain", "--partner", "acne", str(tmp_path / "po.edi")]).exit_code == 2


def test_strict_rejects_what_is_overlooked():
    data = interchange(*GOOD).replace(b"~PO1", b"~~PO1")
    assert "EDIGW-READ-E003, note, byte" in explain(data).stdout
    strict = explain(data, "--strict")
    assert "EDIGW-READ-E003, reject, byte" in strict.stdout
    assert strict.exit_code == 1


@pytest.mark.parametrize("name", ["x12", "edifact"])
def test_a_received_answer_says_in_words_what_it_says(name):
    said = {
        "x12": interchange("AK1*PO*7", "AK2*850*0001", "AK3*BEG*2**8", "AK4*5*373*8*20261332", "AK5*R*5", "AK9*R*1*1*0", kind="997"),
        "edifact": b"UNB+UNOC:3+A:14+B:14+261120:1530+1'UNH+1+CONTRL:D:3:UN'UCI+7+B:14+A:14+7'UCM+1+ORDERS:D:96A:UN+4'UCS+3+13'UNT+5+1'UNZ+1+1'",
    }
    words = {"x12": "8  the date is invalid", "edifact": "13  Missing"}
    assert any(line.endswith(words[name]) for line in lines(said[name]))
