"""The commands that need no ledger: what they print, what they say, and how they exit."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edigw.cli import COMMANDS, main

GOOD = ["BEG*00*SA*PO-1**20261120", "PO1*1*10*EA*9.25**VN*A1", "CTT*1"]


def interchange(
    *segments: str, kind: str = "850", se: str = "", ge: str = "GE*1*7", iea: str = "IEA*1*000000905", isa14: str = "0"
) -> bytes:
    isa = f"ISA*00*{' ' * 10}*00*{' ' * 10}*ZZ*{'ACMESTORES':15}*ZZ*{'OURCOMPANY':15}*261120*1530*U*00401*000000905*{isa14}*P*>"
    lines = [isa, "GS*PO*ACME*HUB*20261120*1530*7*X*004010", f"ST*{kind}*0001", *segments, se or f"SE*{len(segments) + 2}*0001", ge, iea]
    return ("~".join(line for line in lines if line) + "~").encode()


def run(*args: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(main, [*args], input=stdin, prog_name="edigw")


@pytest.fixture
def file(tmp_path):
    """Writes bytes to po.edi and gives its path."""

    def file(data: bytes, name: str = "po.edi") -> str:
        path = tmp_path / name
        path.write_bytes(data)
        return str(path)

    return file


# Bad input: a clear message that names file, offset, segment and rule; the exit status; the neighbours go on


@pytest.mark.parametrize(
    ("data", "status", "code", "place"),
    [
        # place: offset, segment, segment position, element. ISA has 106 bytes, GS 40, ST 12, BEG 25, PO1 24, CTT 6, SE 10, GE 7:
        # ST stands at 146, BEG at 158, PO1 at 183, SE at 213, GE at 223, IEA at 230.
        pytest.param(b"", 2, "EDIGW-FILE-E003", (0, "", 0, 0), id="empty file"),
        pytest.param(bytes(range(256)) * 4, 2, "EDIGW-FILE-E001", (0, "", 0, 0), id="random bytes"),
        pytest.param(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Catalog>>\nendobj\n", 2, "EDIGW-FILE-E001", (0, "", 0, 0), id="a PDF"),
        pytest.param(interchange(*GOOD)[:50], 2, "EDIGW-FILE-E001", (0, "", 0, 0), id="ISA cut at 50 bytes"),
        pytest.param(interchange(*GOOD, iea=""), 1, "EDIGW-X12-E003", (230, "IEA", 0, 0), id="IEA missing"),
        pytest.param(interchange(*GOOD, ge=""), 1, "EDIGW-X12-E020", (223, "GE", 0, 0), id="GE missing"),
        pytest.param(interchange(*GOOD, iea="IEA*2*000000905"), 1, "EDIGW-X12-E004", (230, "IEA", 0, 1), id="group count"),
        pytest.param(interchange(*GOOD, iea="IEA*1*000000906"), 1, "EDIGW-X12-E002", (230, "IEA", 0, 2), id="interchange control numbers"),
        pytest.param(interchange(*GOOD, ge="GE*2*7"), 1, "EDIGW-X12-E022", (223, "GE", 0, 1), id="set count"),
        pytest.param(interchange(*GOOD, se="SE*9*0001"), 1, "EDIGW-X12-E029", (213, "SE", 5, 1), id="segment count"),
        pytest.param(interchange(*GOOD, se="SE*5*0002"), 1, "EDIGW-X12-E028", (213, "SE", 5, 2), id="set control numbers"),
        pytest.param(interchange("B1*X", kind="299"), 1, "EDIGW-CHECK-E001", (146, "ST", 1, 1), id="unknown message"),
        pytest.param(interchange(GOOD[0], "XYZ*1", *GOOD[1:]), 1, "EDIGW-CHECK-E010", (183, "XYZ", 3, 0), id="unknown segment"),
        pytest.param(interchange("BEG*00*ZY*PO-1**20261120", *GOOD[1:]), 0, "EDIGW-CHECK-E026", (158, "BEG", 2, 2), id="bad code"),
        pytest.param(interchange("BEG*00*SA*PO-1**20261332", *GOOD[1:]), 1, "EDIGW-CHECK-E027", (158, "BEG", 2, 5), id="date 20261332"),
        pytest.param(
            interchange(f"BEG*00*SA*{30 * '9'}**20261120", *GOOD[1:]), 1, "EDIGW-CHECK-E024", (158, "BEG", 2, 3), id="BEG03 of 30 characters"
        ),
        pytest.param(interchange(*GOOD).replace(b"~PO1", b"~~PO1"), 0, "EDIGW-READ-E003", None, id="an empty segment"),
        pytest.param(
            b"UNB+UNOC:3+A:14+B:14+261120:1530+1'UNH+1+ORDERS:D:96A:UN'BGM+220+1+9'DTM+137:20261120:102'UNS+S'UNT+5+1'",
            1, "EDIGW-EDIFACT-E001", (104, "UNZ", 0, 0), id="UNZ missing",
        ),
        pytest.param(
            b"UNB+UNOC:3+A:14+B:14+261120:1530+1'UNH+1+ORDERS:D:96A:UN'BGM+220+1+9'DTM+137:20261120:102'UNS+S'UNT+5+1'UNZ+2+1'",
            1, "EDIGW-EDIFACT-E003", (104, "UNZ", 0, 1), id="message count",
        ),
        pytest.param(
            b"UNB+UNOC:3+A:14+B:14+261120:1530+1'UNH+1+ORDERS:D:96A:UN'BGM+220+1+9'DTM+137:20261120:102'UNS+S'UNT+5+2'UNZ+1+1'",
            1, "EDIGW-EDIFACT-E020", (96, "UNT", 5, 2), id="message references",
        ),
    ],
)  # fmt: skip
def test_bad_input(file, data, status, code, place):
    path = file(data)
    result = run("faults", "--json", path, file(interchange(*GOOD), "good.edi"))
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == status
    found = [row for row in rows if row["code"] == code]
    assert found, rows
    assert {row["file"] for row in rows} == {path}
    if place is not None:
        assert tuple(found[0][name] for name in ("offset", "segment", "segment_position", "element")) == place
    # and the neighbour on the same command line is translated
    other = run("translate", path, file(interchange(*GOOD), "good.edi"))
    assert json.loads(other.stdout.splitlines()[-1])["source"]["file"] == "good.edi"
    assert other.exit_code == status
    run("ack", path)  # never raises
    assert status == 0 or path in other.stderr


def test_two_interchanges_with_different_delimiters(file):
    second = interchange(*GOOD).replace(b"000000905", b"000000906").replace(b"*", b"|").replace(b"~", b"!")
    result = run("translate", file(interchange(*GOOD) + second))
    assert result.exit_code == 0
    assert [json.loads(line)["source"]["interchange"] for line in result.stdout.splitlines()] == ["000000905", "000000906"]


# translate


def test_translate_prints_documents_and_nothing_else(file):
    result = run("translate", file(interchange(*GOOD)))
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout)["number"] == "PO-1"


def test_translate_reads_standard_input():
    assert json.loads(run("translate", "-", stdin=interchange(*GOOD)).stdout)["source"]["file"] == "-"


def test_translate_says_what_is_rejected_where_and_what_to_do(file):
    path = file(interchange("BEG*00*SA*PO-1**20261332", *GOOD[1:]))
    result = run("translate", path)
    assert result.exit_code == 1
    assert json.loads(result.stdout)["number"] == "PO-1"  # as far as it can be read
    assert result.stderr == (
        f"{path}: interchange 000000905 850 0001 rejected: byte 158, segment 2: EDIGW-CHECK-E027 BEG05: "
        f"the value is no date '20261332'; next: edigw faults {path}\n"
    )


def test_translate_of_a_message_no_map_reads(file):
    result = run("translate", file(interchange("B4***X", kind="315")))
    assert result.stdout == ""
    assert "EDIGW-" in result.stderr


def test_a_file_that_is_not_there_does_not_stop_the_others(file):
    result = run("translate", "nowhere.edi", file(interchange(*GOOD)))
    assert result.exit_code == 2
    assert result.stderr == "nowhere.edi: cannot be read: no such file or directory\n"
    assert json.loads(result.stdout)["number"] == "PO-1"


def test_bare_messages(file):
    path = file(b"ST*850*0001~BEG*00*SA*PO-1**20261120~PO1*1*10*EA*9.25**VN*A1~CTT*1~SE*5*0001~")
    assert run("translate", path).stderr == (
        f"{path}: bytes 0 to 77: EDIGW-FILE-E001 a message without an interchange around it; "
        f"the commands read it with --bare; next: edigw translate --bare {path}\n"
    )
    result = run("translate", "--bare", path)
    assert (result.exit_code, json.loads(result.stdout)["number"]) == (0, "PO-1")


def test_strict(file):
    path = file(interchange("BEG*00*SA*PO-1**20261120*", *GOOD[1:]))
    assert run("faults", path).exit_code == 0
    assert run("faults", "--strict", path).exit_code == 1


# faults


def test_columns_are_separated_by_tabs(file):
    path = file(interchange("BEG*00*ZY*PO-1**20261120", *GOOD[1:]))
    result = run("faults", path)
    assert result.exit_code == 0
    (first, *_) = result.stdout.splitlines()
    assert first.split("\t") == [
        path, "EDIGW-CHECK-E026", "warn", "structure", "000000905", "7", "0001", "BEG", "2", "2", "0", "158", "ZY",
        "the code is not in the release's list",
    ]  # fmt: skip


def test_what_acts_on_a_terminal_is_shown_as_an_escape(file):
    result = run("faults", file(interchange("BEG*00*SA*\x1b[2J\x07**20261120", *GOOD[1:])))
    assert "\x1b" not in result.stdout
    assert "\x07" not in result.stdout


# ack


def test_ack_prints_an_answer_by_segments(file):
    result = run("ack", "--now", "2026-11-24T15:30:00+01:00", file(interchange("BEG*00*SA***20261120", *GOOD[1:])))
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "ISA*00*          *00*          *ZZ*OURCOMPANY     *ZZ*ACMESTORES     *261124*1530*U*00401*000000001*0*P*>~",
        "GS*FA*HUB*ACME*20261124*1530*1*X*004010~",
        "ST*997*0001~",
        "AK1*PO*7~",
        "AK2*850*0001~",
        "AK3*BEG*2**8~",
        "AK4*3*324*1~",
        "AK5*R*5~",
        "AK9*R*1*1*0~",
        "SE*8*0001~",
        "GE*1*1~",
        "IEA*1*000000001~",
    ]


def test_ack_numbers_go_on_from_file_to_file(file):
    result = run("ack", file(interchange(*GOOD), "a.edi"), file(interchange(*GOOD, isa14="1"), "b.edi"))
    assert [line.split("*")[2] for line in result.stdout.splitlines() if line.startswith("IEA")] == [
        "000000001~",
        "000000002~",
        "000000003~",
    ]
    assert [line.split("*")[2] for line in result.stdout.splitlines() if line.startswith("GE")] == ["1~", "2~"]


@pytest.mark.parametrize(
    ("kind", "first"), [("997", "AK1*PO*7~"), ("999", "AK1*PO*7*004010~"), ("ta1", "TA1*000000905*261120*1530*A*000~")]
)
def test_ack_as_asked(file, kind, first):
    assert first in run("ack", "--as", kind, file(interchange(*GOOD))).stdout.splitlines()


def test_ack_says_why_there_is_no_contrl(file):
    path = file(b"UNB+UNOC:3++B:14+261120:1530+1'UNH+1+ORDERS:D:96A:UN'BGM+220+1+9'DTM+137:20261120:102'UNS+S'UNT+5+1'UNZ+1+1'")
    result = run("ack", path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "cannot be answered: the UNB lacks the sender" in result.stderr


def test_a_time_that_is_none(file):
    result = run("ack", "--now", "yesterday", file(interchange(*GOOD)))
    assert (result.exit_code, result.stderr) == (
        2,
        "--now yesterday is no time; write it as 2026-11-24T15:30 or 2026-11-24T15:30:00+01:00\n",
    )


# tree, coverage, schema, errors


def test_tree(file):
    laid = json.loads(run("tree", file(interchange(*GOOD))).stdout)
    (message,) = laid["interchanges"][0]["groups"][0]["messages"]
    assert (message["type"], message["release"], message["control_number"]) == ("850", "004010", "0001")
    assert [part.get("tag") or part["loop"] for part in message["segments"]] == ["ST", "BEG", "PO1", "CTT", "SE"]
    assert message["segments"][1] == {"tag": "BEG", "position": 2, "elements": ["00", "SA", "PO-1", "", "20261120"]}
    assert message["segments"][2]["segments"][0]["position"] == 3


def test_tree_keeps_what_has_no_place(file):
    laid = json.loads(run("tree", file(interchange(GOOD[0], "XYZ*1", *GOOD[1:]))).stdout)
    assert laid["interchanges"][0]["groups"][0]["messages"][0]["unplaced"] == [{"tag": "XYZ", "position": 3, "elements": ["1"]}]


def test_coverage(file):
    path = file(interchange(GOOD[0], "XYZ*1", *GOOD[1:]))
    result = run("coverage", path)
    assert result.exit_code == 0
    assert "1 values not read by x12/850@" in result.stderr
    assert result.stdout.split("\t")[4:7] == ["3", "XYZ", "1"]


@pytest.mark.parametrize(
    ("segments", "unmapped"),
    [
        pytest.param(
            [GOOD[0], "XYZ*1", *GOOD[1:]],
            [{"segment": "XYZ", "element": "1", "value": "1", "position": 3, "unplaced": True}],
            id="a segment nobody knows",
        ),
        pytest.param(
            [*GOOD, "TD5**2*UPSN"],
            [
                {"segment": "TD5", "element": "2", "value": "2", "position": 5, "unplaced": True},
                {"segment": "TD5", "element": "3", "value": "UPSN", "position": 5, "unplaced": True},
            ],
            id="a segment behind its place",
        ),
        pytest.param(
            [GOOD[0], "N3*1 MAIN ST", *GOOD[1:]],
            [{"segment": "N3", "element": "1", "value": "1 MAIN ST", "position": 3, "unplaced": True}],
            id="a segment whose loop was not opened",
        ),
        pytest.param([GOOD[0], "XYZ", *GOOD[1:]], None, id="a tag alone holds nothing"),
    ],
)
def test_what_has_no_place_stands_in_unmapped(file, segments, unmapped):
    """A partner may be forgiven such segments, and then no answer tells of them."""
    assert json.loads(run("translate", file(interchange(*segments))).stdout).get("unmapped") == unmapped


@pytest.mark.parametrize("kind", ["order", "order_response", "despatch_advice", "invoice"])
def test_schema(kind):
    assert json.loads(run("schema", kind).stdout)["$id"] == f"urn:edigw:document:{kind}:1"


def test_no_such_schema():
    result = run("schema", "ordr")
    assert (result.exit_code, result.stderr) == (
        2,
        "there is no kind of document ordr; there are order, order_response, despatch_advice, invoice\n",
    )


def test_errors():
    from edigw.faults import FaultCode

    listed = [json.loads(line)["code"] for line in run("errors", "--json").stdout.splitlines()]
    assert {code.code for code in FaultCode} < set(listed)
    assert len(listed) == len(set(listed))
    assert run("errors", "EDIGW-CHECK-E027").stdout.splitlines()[:5] == [
        "EDIGW-CHECK-E027: the value is no date",
        "level element, of the element",
        "by default reject",
        "in a 997 or TA1: AK403 8",
        "in a CONTRL: 0085 12",
    ]
    assert run("errors", "EDIGW-NOSUCH").exit_code == 2


# The group


def test_a_command_that_is_not_there():
    result = run("translat")
    assert result.exit_code == 2
    assert "there is no command 'translat'; did you mean translate?" in result.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there_and_has_help(name):
    result = run(name, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: edigw {name}")


def test_help_imports_click_and_nothing_of_ours():
    asked = "import sys; sys.argv = ['edigw', '--help']\nfrom edigw.cli import main\ntry: main()\nexcept SystemExit: pass\n"
    asked += "print(sorted(name for name in sys.modules if name.startswith('edigw')), 'pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "['edigw', 'edigw.cli'] False"


def test_pure_commands_load_no_ledger(file):
    asked = f"import sys; sys.argv = ['edigw', 'ack', {file(interchange(*GOOD))!r}]\nfrom edigw.cli import main\ntry: main()\nexcept SystemExit: pass\n"
    asked += (
        "print([name for name in ('sqlalchemy', 'edigw.ledger', 'edigw.daemon', 'edigw.transports', 'aiohttp') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_module_runs():
    done = subprocess.run([sys.executable, "-m", "edigw", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("edigw ")


def test_samples_of_the_package_build_again():
    sample = Path(__file__).parents[2] / "samples" / "orders-x12-850" / "document.json"
    result = run("build", str(sample), "--map", "x12/850", "--release", "004010", "--now", "2026-11-24T15:30")
    assert result.exit_code == 0, result.stderr
    again = run("translate", "-", stdin=result.stdout_bytes)
    assert again.exit_code == 0, again.stderr
    before, after = json.loads(sample.read_text(encoding="utf-8").splitlines()[0]), json.loads(again.stdout)
    del before["source"], after["source"]
    assert after == before


# With a partner of an instance

EDIGW = """
gateway: {name: hub, x12: [{qualifier: ZZ, id: OURCOMPANY}]}
channels: {acme-in: {folder: inbox/acme}, acme-out: {folder: outbox/acme}}
endpoints: {erp: {http: "http://127.0.0.1:8089/", secret: env:ERP_SECRET}}
"""
PARTNER = """
partner: acme
name: ACME Stores
x12: [{qualifier: ZZ, id: ACMESTORES}]
channels: {in: acme-in, out: acme-out}
receive:
  - {message: "850", releases: ["004010"], map: acme/850, deliver: erp, acknowledge: {with: "997", accepted_sets: no}}
send:
  - {document: order, message: "850", release: "004010", map: x12/850}
numbering: {interchange: 4000, group: 70}
"""
MAP = """
map: acme/850
extends: x12/850
guide: {REF+DP: required}
"""


@pytest.fixture
def instance(tmp_path) -> str:
    partner = tmp_path / "hub" / "partners" / "acme"
    (partner / "maps").mkdir(parents=True)
    (tmp_path / "hub" / "edigw.yaml").write_text(EDIGW)
    (partner / "partner.yaml").write_text(PARTNER)
    (partner / "maps" / "850.yaml").write_text(MAP)
    return str(tmp_path / "hub")


def test_a_partner_narrows_the_check_and_the_answer(file, instance):
    path = file(interchange(*GOOD))
    result = run("--instance", instance, "ack", "--partner", "acme", path)
    said = [line for line in result.stdout.splitlines() if line[:2] == "AK"]
    assert [line for line in said if line[:3] != "AK3"] == ["AK1*PO*7~", "AK2*850*0001~", "AK5*R*5~", "AK9*R*1*1*0~"]
    (note,) = [line.split("*") for line in said if line[:3] == "AK3"]
    assert (note[1], note[4]) == ("REF", "3~")
    whole = file(interchange(GOOD[0], "REF*DP*038", *GOOD[1:]))
    result = run("--instance", instance, "ack", "--partner", "acme", whole)
    assert [line for line in result.stdout.splitlines() if line[:2] == "AK"] == ["AK1*PO*7~", "AK9*A*1*1*1~"]
    assert json.loads(run("--instance", instance, "translate", "--partner", "acme", whole).stdout)["source"]["map"].startswith("acme/850@")


def test_a_release_that_is_not_agreed_is_held(file, instance):
    path = file(interchange(*GOOD).replace(b"X*004010", b"X*004030"))
    result = run("--instance", instance, "translate", "--partner", "acme", path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "held: EDIGW-ROUTE-E004 850 is agreed in 004010 and came in 004030" in result.stderr


def test_no_such_partner(file, instance):
    result = run("--instance", instance, "faults", "--partner", "akme", file(interchange(*GOOD)))
    assert (result.exit_code, result.stderr) == (2, f"{instance}: no partner akme; did you mean acme?\n")


def test_build_for_a_partner(file, instance):
    document = file(run("translate", file(interchange(*GOOD))).stdout_bytes, "order.json")
    result = run("--instance", instance, "build", document, "--partner", "acme", "--now", "2026-11-24T15:30")
    assert result.stdout.split("~")[:3] == [
        "ISA*00*          *00*          *ZZ*OURCOMPANY     *ZZ*ACMESTORES     *261124*1530*U*00401*000004000*0*P*>",
        "GS*PO*OURCOMPANY*ACMESTORES*20261124*1530*70*X*004010",
        "ST*850*0001",
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--map", "x12/850"], "edigw build takes --partner P, or --map M with --release R"),
        (["--map", "x12/850", "--release", "004060"], "there is no 850 in release 004060; the nearest is"),
        (["--map", "x12/8500", "--release", "004010"], "there is no map 'x12/8500' (did you mean x12/850?)"),
        (["--map", "edifact/ORDERS", "--release", "D99Z"], "there is no ORDERS in release D99Z"),
    ],
)
def test_what_cannot_be_built(file, options, words):
    document = file(run("translate", file(interchange(*GOOD))).stdout_bytes, "order.json")
    result = run("build", document, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


def test_a_document_that_cannot_be_written_names_its_fields(file):
    document = json.loads(run("translate", file(interchange(*GOOD))).stdout)
    document["number"] = 30 * "9"
    result = run("build", file(json.dumps(document).encode(), "order.json"), "--map", "x12/850", "--release", "004010")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "number" in result.stderr


@pytest.mark.parametrize(
    ("command", "status"), [("faults", 1), ("explain", 1), ("translate", 0), ("ack", 0)],
)  # fmt: skip
def test_a_received_answer_with_mistakes(file, command, status):
    """Nobody refuses it, so nothing is answered; but who asks what is wrong is told by the exit status, too."""
    sent = interchange("AK1*PO*7", "AK9*A*1*1", kind="997").replace(b"GS*PO", b"GS*FA")
    assert run(command, file(sent)).exit_code == status


@pytest.mark.parametrize(
    ("command", "redirected", "said"),
    [
        *((command, ">/dev/full", "no space left on device") for command in ("translate", "ack", "explain", "tree")),
        *((command, ">&-", "it is closed") for command in ("translate", "ack", "explain", "tree")),
        ("errors", ">/dev/full", "no space left on device"),
    ],
)
def test_output_that_cannot_be_written(file, command, redirected, said):
    path = "" if command == "errors" else file(interchange(*GOOD))
    done = subprocess.run(
        ["/bin/sh", "-c", f'exec "$0" -m edigw {command} ${{1:+"$1"}} {redirected}', sys.executable, path],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (2, f"standard output cannot be written: {said}\n")


def test_input_that_is_closed():
    done = subprocess.run(["/bin/sh", "-c", 'exec "$0" -m edigw translate - <&-', sys.executable], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "-: cannot be read: standard input is closed\n")


def test_a_document_nested_too_deeply(file):
    path = file(b"[" * 100_000, "order.json")
    result = run("build", path, "--map", "x12/850", "--release", "004010")
    assert (result.exit_code, result.stderr) == (2, f"{path}: no document: its JSON is nested too deeply\n")
