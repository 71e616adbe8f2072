"""The base maps of invoices: what a segment becomes in the document, on which level, and back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from edigw import documents, parsers, standards
from edigw.errors import NotWritable
from edigw.faults import Severity, Verdict
from edigw.mappings import Library
from edigw.model import Delimiters, Interchange, Message
from edigw.standards import check

LIBRARY = Library()
BIG = "BIG*20261120*INV-7"
IT1 = "IT1*1*5*EA*9.25"
TDS = "TDS*4625"


def x12(*segments: str, release: str = "004010") -> bytes:
    """An 810 with what it cannot do without, unless *segments* begin with their own BIG."""
    body = [*segments] if segments[0].startswith("BIG") else [BIG, *segments]
    if not any(one.startswith("TDS") for one in body):
        body.append(TDS)
    return "~".join(
        [
            "ISA*00*          *00*          *ZZ*ACMESTORES     *ZZ*OURCOMPANY     *261120*1530*U*00401*000000101*0*P*>",
            f"GS*IN*ACME*OURCOMPANY*20261120*1530*1*X*{release}",
            "ST*810*0001",
            *body,
            f"SE*{len(body) + 2}*0001",
            "GE*1*1",
            "IEA*1*000000101",
            "",
        ]
    ).encode()


def edifact(*segments: str, release: str = "D:96A:UN:EAN008", una: str = "") -> bytes:
    """An INVOIC with what it cannot do without, unless *segments* begin with their own BGM."""
    body = [*segments] if segments[0].startswith("BGM") else ["BGM+380+INV-7+9", "DTM+137:20261120:102", *segments]
    if not any(one.startswith("UNS") for one in body):
        body += ["LIN+1", "UNS+S", "MOA+77:1"]
    texts = ["UNB+UNOC:3+4012345000016:14+4012345000009:14+261120:1530+1", f"UNH+1+INVOIC:{release}", *body]
    return (una + "'".join([*texts, f"UNT+{len(body) + 2}+1", "UNZ+1+1", ""])).encode("latin-1")


def message_of(data: bytes) -> tuple[Message, check.Checked]:
    (interchange,) = parsers.split(data)
    assert isinstance(interchange, Interchange)
    (message,) = parsers.read(data, interchange)
    standard = standards.find(interchange.syntax, message.type, message.release)
    assert standard is not None
    return message, check.check(message, standard)


def invoice(data: bytes) -> dict[str, Any]:
    """The document, as it is delivered; nothing but missing lines may be wrong with it."""
    message, checked = message_of(data)
    found = program_of(message).read(checked.root, message)
    finished = documents.finish("invoice", found.document)
    assert not [fault for fault in finished.faults if fault[0] != "lines"]
    made: dict[str, Any] = json.loads(finished.json)
    return made


def program_of(message: Message) -> Any:
    syntax = message.notation.syntax
    standard = standards.find(syntax, message.type, message.release)
    assert standard is not None
    return LIBRARY.program(f"{syntax}/{message.type}", standard)


def written(data: bytes) -> list[str]:
    """The message written again from its document, each segment as text without the header and trailer."""
    message, checked = message_of(data)
    program = program_of(message)
    document = program.read(checked.root, message).document
    delimiters = message.notation.delimiters
    cuts = program.write(document, delimiters=delimiters, charset=message.notation.charset, association=message.association)
    plain = [[one if isinstance(one, str) else delimiters.component.join(map(str, one)) for one in cut] for cut in cuts]
    return [delimiters.element.join(cut) for cut in plain]


# X12 810


@pytest.mark.parametrize(
    ("sent", "member", "value"),
    [
        pytest.param("BIG*20261120*INV-7*20261101*PO-1*R-2*3*CR*05**INV-6", "number", "INV-7", id="number"),
        pytest.param("BIG*20261120*INV-7*20261101*PO-1*R-2*3*CR*05**INV-6", "issued_on", "2026-11-20", id="date"),
        pytest.param("BIG*20261120*INV-7*20261101*PO-1*R-2*3*CR*05**INV-6", "order_number", "PO-1", id="order"),
        pytest.param("BIG*20261120*INV-7*20261101*PO-1*R-2*3*CR*05**INV-6", "order_issued_on", "2026-11-01", id="the order's date"),
        pytest.param("BIG*20261120*INV-7*20261101*PO-1*R-2*3*CR*05**INV-6", "release_number", "R-2", id="release"),
        pytest.param("BIG*20261120*INV-7*20261101*PO-1*R-2*3*CR*05**INV-6", "order_change_number", "3", id="order change"),
        pytest.param("BIG*20261120*INV-7*20261101*PO-1*R-2*3*CR*05**INV-6", "kind", "credit-note", id="credit memo"),
        pytest.param("BIG*20261120*INV-7*20261101*PO-1*R-2*3*CR*05**INV-6", "purpose", "replacement", id="what the set does"),
        pytest.param("BIG*20261120*INV-7*20261101*PO-1*R-2*3*CR*05**INV-6", "original_number", "INV-6", id="the invoice that is credited"),
        pytest.param("BIG*20261120*INV-7*****DI", "kind", "invoice", id="debit invoice"),
        pytest.param("BIG*20261120*INV-7*****PR", "kind", "invoice", id="products"),
        pytest.param("BIG*20261120*INV-7*****DR", "kind", "debit-note", id="debit memo"),
        pytest.param("BIG*20261120*INV-7*****CO", "kind", "corrected", id="corrected"),
        pytest.param("BIG*20261120*INV-7", "kind", "invoice", id="without a type it is an invoice"),
        pytest.param("BIG*20261120*INV-7*****FB", "kind", "FB", id="a type without a word stays"),
        pytest.param("NTE*GEN*CALL FIRST", "texts", [{"kind": "GEN", "lines": ["CALL FIRST"]}], id="note"),
        pytest.param("CUR*SE*CAD", "currency", "CAD", id="currency"),
        pytest.param("REF*CT*C-9", "contract_number", "C-9", id="contract"),
        pytest.param("REF*PK*D-3", "despatch_number", "D-3", id="packing list"),
        pytest.param("REF*VN*S-4", "seller_order_number", "S-4", id="the seller's order number"),
        pytest.param("REF*IA*77*OURS", "references", [{"kind": "IA", "number": "77", "text": "OURS"}], id="any other reference"),
        pytest.param("ITD*08*3*2**10**30*1850", "payment_terms", [{"kind": "basic-discount", "from_event": "3", "percent": "2", "days": 10, "discount_amount": "18.50", "net_days": 30}], id="terms, the discount in cents"),
        pytest.param("ITD*03*****20261231", "payment_terms", [{"kind": "fixed-date", "net_on": "2026-12-31"}], id="due on a day"),
        pytest.param("ITD*03*****20261231", "due_on", "2026-12-31", id="the terms' day is the invoice's"),
        pytest.param("DTM*011*20261118", "shipped_on", "2026-11-18", id="shipped"),
        pytest.param("DTM*035*20261119", "delivered_on", "2026-11-19", id="delivered"),
        pytest.param("DTM*150*20261001", "dates", [{"kind": "150", "on": "2026-10-01"}], id="any other date"),
        pytest.param("FOB*CC", "delivery_terms", {"payment": "collect"}, id="freight collect"),
    ],
)  # fmt: skip
def test_810_heading(sent, member, value):
    assert invoice(x12(sent))[member] == value


@pytest.mark.parametrize(
    ("segments", "days"),
    [
        pytest.param(["DTM+13:20261220:102"], 1, id="in the heading"),
        pytest.param(["PAT+3", "DTM+13:20261220:102"], 1, id="in the terms"),
        pytest.param(["DTM+13:20261220:102", "PAT+3", "DTM+13:20261220:102"], 1, id="in both, and once will do"),
        pytest.param(["DTM+13:20261224:102", "PAT+3", "DTM+13:20261220:102"], 2, id="in both, and not the same"),
        pytest.param(["PAT+3", "DTM+13:20261220:102", "PAT+3", "DTM+13:20261231:102"], 2, id="two terms of two days"),
    ],
)
def test_invoic_says_once_when_it_is_due(segments, days):
    sent = edifact(*segments, "LIN+1", "UNS+S", "CNT+2:1", "MOA+77:1")
    again = written(sent)
    assert sum(one.startswith("DTM+13:") for one in again) == days
    assert invoice(edifact(*again)) == invoice(sent)


def test_810_says_when_it_is_due_in_its_terms():
    program = LIBRARY.program("x12/810", standards.find("x12", "810", "004010"))  # type: ignore[arg-type]
    document = {"number": "INV-7", "issued_on": "2026-11-20", "due_on": "2026-12-20", "payment_terms": [{"kind": "fixed-date"}]}
    document |= {"lines": [{"number": "1", "quantity": "5", "unit": "EA", "price": {"amount": "0.2"}}], "totals": {"gross": "1.00"}}
    cuts = program.write(document, delimiters=Delimiters("*", ">", "~"), charset="ascii")
    assert [cut for cut in cuts if cut[0] == "ITD"] == [["ITD", "03", "", "", "", "", "20261220"]]
    document["payment_terms"] = [{"kind": "fixed-date", "net_on": "2026-12-31"}]
    with pytest.raises(NotWritable) as refused:
        program.write(document, delimiters=Delimiters("*", ">", "~"), charset="ascii")
    assert [path for path, _ in refused.value.problems] == ["due_on"]


@pytest.mark.parametrize(
    ("role", "member"),
    [("BY", "buyer"), ("SU", "seller"), ("VN", "seller"), ("SE", "seller"), ("BT", "bill_to"), ("ST", "ship_to"), ("SF", "ship_from"), ("RI", "remit_to"), ("RE", "remit_to")],
)  # fmt: skip
def test_810_parties(role, member):
    found = invoice(x12(f"N1*{role}*FIRST*UL*4012345000023", "N3*1 MAIN ST", "N4*DALLAS*TX*75201*US", "REF*TJ*12-3"))
    assert found[member] == {
        "id": "4012345000023", "id_scheme": "gln", "name": "FIRST",
        "address": {"street": ["1 MAIN ST"], "city": "DALLAS", "region": "TX", "postal_code": "75201", "country": "US"},
        "references": [{"kind": "TJ", "number": "12-3"}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "member", "value"),
    [
        pytest.param(["IT1**5*EA*9.25"], "number", "1", id="without a number its place counts"),
        pytest.param(["IT1*7*5*CA*12.3456*HP"], "price", {"amount": "12.3456", "basis": "per-hundred"}, id="a price has its own decimals"),
        pytest.param(["IT1*7*5*CA*9.25"], "unit", "XCS", id="unit"),
        pytest.param(["IT1*7*5*EA*9.25**UP*614141100118*IN*B1*VN*S1*SK*9"], "item", {"gtin": "614141100118", "buyer_id": "B1", "seller_id": "S1", "ids": [{"kind": "SK", "id": "9"}]}, id="item numbers"),
        pytest.param(["IT1*7*5*EA*9.25**PO*PO-2*PL*3"], "order_number", "PO-2", id="the line's own order"),
        pytest.param(["IT1*7*5*EA*9.25**PO*PO-2*PL*3"], "order_line", "3", id="and its line"),
        pytest.param([IT1, "IT3*6*EA*CP*1*0A"], "despatched_quantity", "6", id="shipped"),
        pytest.param([IT1, "IT3*6*EA*CP*1*0A"], "quantity_difference", "1", id="shipped beyond what was ordered"),
        pytest.param([IT1, "TXI*VA*8.79*19****46.25"], "tax", {"kind": "VAT", "rate": "19", "amount": "8.79", "base": None}, id="the line's tax"),
        pytest.param([IT1, "CTP*RS*RES*19.98"], "prices", [{"amount": "19.98", "type": "RES", "trade_class": "RS"}], id="a retail price is not charged"),
        pytest.param([IT1, "PAM****1*46.25"], "amount", "46.25", id="the line's amount"),
        pytest.param([IT1, "PID*F****WIDGET", "PID*F*73***BLUE"], "item", {"description": ["WIDGET"], "colour": "BLUE"}, id="description and colour"),
        pytest.param([IT1, "PO4*4*6*EA"], "pack", {"inner": "4", "unit": "EA", "size": "6"}, id="pack"),
        pytest.param([IT1, "REF*PK*D-3"], "despatch_number", "D-3", id="packing list"),
        pytest.param([IT1, "DTM*011*20261118"], "shipped_on", "2026-11-18", id="shipped on"),
        pytest.param([IT1, "CAD*M***UPSN*GROUND"], "transport", {"mode": "road", "carrier": {"id": "UPSN"}, "routing": "GROUND"}, id="carrier"),
        pytest.param([IT1, "SAC*A*C310***235*Z*5"], "allowances_charges", [{"kind": "allowance", "reason": "C310", "amount": "2.35", "percent": "5", "percent_of": "Z"}], id="allowance in cents"),
        pytest.param([IT1, "SAC*C*G830***300", "TXI*ST*.24*8"], "allowances_charges", [{"kind": "charge", "reason": "G830", "amount": "3.00", "taxes": [{"kind": "ST", "rate": "8", "amount": ".24"}]}], id="a charge with its tax"),
        pytest.param([IT1, "SLN*1**I*6*EA*3*PE**IN*B2"], "sublines", [{"number": "1", "relation": "I", "quantity": "6", "unit": "EA", "price": {"amount": "3", "basis": "each"}, "item": {"buyer_id": "B2"}}], id="component"),
        pytest.param([IT1, "N1*ST*STORE 9*92*0109"], "parties", [{"role": "ST", "id": "0109", "id_scheme": "assigned-by-buyer", "name": "STORE 9"}], id="the line's own party"),
    ],
)  # fmt: skip
def test_810_line(sent, member, value):
    found = invoice(x12(*sent))["lines"][0][member]
    if isinstance(value, dict):
        assert {key: found.get(key) for key in value} == value
    else:
        assert found == value


def test_810_of_a_partner_that_says_debit_memo_and_means_invoice():
    text = "map: acme/810\nextends: x12/810\nchange: {BIG: {7: {codes: {DR: invoice, CR: credit-note}}}}\n"
    library = Library({"acme/810": ("acme.yaml", text.encode())})
    message, checked = message_of(x12("BIG*20261120*INV-7*****DR", IT1))
    program = library.program("acme/810", standards.find("x12", "810", "004010"))  # type: ignore[arg-type]
    document = program.read(checked.root, message).document
    assert document["kind"] == "invoice"
    assert program.write(document, delimiters=message.notation.delimiters, charset="ascii")[0] == ["BIG", "20261120", "INV-7", "", "", "", "", "DR"]


def test_810_summary():
    found = invoice(
        x12(
            IT1, "TDS*12345*11000*12125*220", "TXI*GS*5.50*5", "CAD*M***RDWT*ROADWAY**BM*123", "AMT*1*110", "AMT*N*99",
            "SAC*C*D240***795**********FREIGHT", "ISS*5*EA*100*LB", "CTT*1*5",
        )
    )  # fmt: skip
    assert found["totals"] == {
        "lines": 1, "quantity": "5", "amount": "110", "gross": "123.45", "discountable": "110.00", "discount": "2.20", "discounted": "121.25",
        "amounts": [{"kind": "N", "amount": "99"}],
    }  # fmt: skip
    assert found["taxes"] == [{"kind": "GST", "rate": "5", "amount": "5.50"}]
    assert found["transport"] == {"mode": "road", "carrier": {"id": "RDWT"}, "routing": "ROADWAY", "reference": "123", "reference_kind": "BM"}
    assert found["allowances_charges"] == [{"kind": "charge", "reason": "D240", "text": "FREIGHT", "amount": "7.95"}]
    assert found["loads"] == [{"quantity": "5", "unit": "EA", "weight": "100", "weight_unit": "LBR"}]


@pytest.mark.parametrize(
    ("sent", "gross", "price", "charge"),
    [
        pytest.param("123456", "1234.56", "9.25", "12.50", id="TDS01 has two decimals and no point"),
        pytest.param("5", "0.05", "9.25", "12.50", id="less than a unit"),
        pytest.param("-123456", "-1234.56", "9.25", "12.50", id="a credit"),
        pytest.param("100", "1.00", "9.25", "12.50", id="one unit, not a hundred"),
    ],
)
def test_810_implied_decimals(sent, gross, price, charge):
    """TDS01 and SAC05 are N2: the point is not sent. IT104 is R and has its own: nothing is divided there."""
    data = x12("IT1*1*1*EA*9.25", f"TDS*{sent}", "SAC*C*D240***1250")
    found = invoice(data)
    assert found["totals"]["gross"] == gross
    assert found["lines"][0]["price"]["amount"] == price
    assert found["allowances_charges"][0]["amount"] == charge
    again = written(data)
    assert f"TDS*{sent}" in again
    assert "SAC*C*D240***1250" in again
    assert "IT1*1*1*EA*9.25" in again


def test_810_an_amount_with_a_point_where_it_is_implied_is_no_guess():
    """``250.00`` in an N2 may mean 250.00 or 2.50: it is kept as sent, and check has refused it."""
    message, checked = message_of(x12(IT1, "TDS*250.00"))
    found = program_of(message).read(checked.root, message)
    assert "gross" not in found.document.get("totals", {})
    assert [(one["segment"], one["element"], one["value"]) for one in found.unmapped] == [("TDS", "1", "250.00")]
    assert checked.verdict is Verdict.REJECTED


def test_810_more_than_two_decimals_are_not_cut():
    message, checked = message_of(x12(IT1))
    program = program_of(message)
    document = program.read(checked.root, message).document
    document["totals"]["gross"] = "46.255"
    with pytest.raises(NotWritable, match=r"totals\.gross: 46\.255 has more than 2 decimal places"):
        program.write(document, delimiters=message.notation.delimiters, charset="ascii")


def test_810_a_line_with_three_taxes():
    taxes = ["TXI*ST*1.00*6.25", "TXI*CT*.20*1.25", "TXI*LS*.05*.3"]
    data = x12(IT1, *taxes)
    line = invoice(data)["lines"][0]
    assert line["tax"] == {"kind": "ST", "rate": "6.25", "amount": "1.00"}
    assert [tax["kind"] for tax in line["taxes"]] == ["CT", "LS"]
    assert [cut for cut in written(data) if cut.startswith("TXI")] == taxes


@pytest.mark.parametrize("release", ["003010", "003040", "004010", "004030", "005010", "006030"])
def test_810_in_every_release(release):
    """003010 has ITA for SAC, and dates of six digits; 004030 has taxes of a charge in a loop."""
    day = "261120" if release < "004010" else "20261120"
    found = invoice(x12(f"BIG*{day}*INV-7**PO-1", "IT1*1*5*EA*9.25**UP*614141100118", "TDS*4625", "CTT*1", release=release))
    assert (found["number"], found["issued_on"], found["order_number"], found["totals"]["gross"]) == ("INV-7", "2026-11-20", "PO-1", "46.25")
    assert found["lines"][0]["item"] == {"gtin": "614141100118"}


def test_810_of_an_old_release_has_its_charges_in_ita():
    found = invoice(x12("BIG*261120*INV-7", IT1, "TDS*4625", "ITA*C*UN*FRT*06***795******FREIGHT", "CTT*1", release="003010"))
    assert found["allowances_charges"] == [
        {"kind": "charge", "agency": "UN", "agency_code": "FRT", "handling": "paid-by-buyer", "amount": "7.95", "text": "FREIGHT"}
    ]


# EDIFACT INVOIC


@pytest.mark.parametrize(
    ("sent", "member", "value"),
    [
        pytest.param(["BGM+381:::GUTSCHRIFT+INV-7+7", "DTM+137:20261120:102"], "kind", "credit-note", id="credit note"),
        pytest.param(["BGM+383+INV-7+9", "DTM+137:20261120:102"], "kind", "debit-note", id="debit note"),
        pytest.param(["BGM+384+INV-7+9", "DTM+137:20261120:102"], "kind", "corrected", id="corrected"),
        pytest.param(["BGM+389+INV-7+9", "DTM+137:20261120:102"], "kind", "self-billed", id="self-billed"),
        pytest.param(["BGM+381:::GUTSCHRIFT+INV-7+7", "DTM+137:20261120:102"], "purpose", "duplicate", id="what the message does"),
        pytest.param(["BGM+381:::GUTSCHRIFT+INV-7+7", "DTM+137:20261120:102"], "invoice_name", "GUTSCHRIFT", id="its name"),
        pytest.param(["DTM+35:20261118:102"], "delivered_on", "2026-11-18", id="delivered"),
        pytest.param(["DTM+13:20261220:102"], "due_on", "2026-12-20", id="due"),
        pytest.param(["DTM+131:20261119:102"], "tax_point_on", "2026-11-19", id="tax point"),
        pytest.param(["DTM+11:20261117:102"], "shipped_on", "2026-11-17", id="despatched"),
        pytest.param(["DTM+263:20261001:102"], "dates", [{"kind": "263", "on": "2026-10-01"}], id="any other date"),
        pytest.param(["DTM+263:2026100120261031:718"], "dates", [{"kind": "263", "period": "2026100120261031", "format": "718"}], id="a period"),
        pytest.param(["DTM+263:202643:616"], "dates", [{"kind": "263", "period": "202643", "format": "616"}], id="a week"),
        pytest.param(["PAI+::42"], "payment_method", "42", id="payment method"),
        pytest.param(["ALI+DE++1E"], "origin", "DE", id="origin"),
        pytest.param(["FTX+AAI+++ONE:TWO"], "texts", [{"kind": "AAI", "lines": ["ONE", "TWO"]}], id="text"),
        pytest.param(["RFF+ON:PO-1", "DTM+171:20261101:102"], "order_number", "PO-1", id="order"),
        pytest.param(["RFF+ON:PO-1", "DTM+171:20261101:102"], "order_issued_on", "2026-11-01", id="the order's date"),
        pytest.param(["RFF+DQ:D-3"], "despatch_number", "D-3", id="delivery note"),
        pytest.param(["RFF+AAK:D-3", "DTM+171:20261117:102"], "despatch_issued_on", "2026-11-17", id="despatch advice and its date"),
        pytest.param(["RFF+IV:INV-6", "DTM+171:20261010:102"], "original_number", "INV-6", id="the invoice that is credited"),
        pytest.param(["RFF+CT:C-9"], "contract_number", "C-9", id="contract"),
        pytest.param(["RFF+VN:S-4"], "seller_order_number", "S-4", id="the seller's order number"),
        pytest.param(["RFF+PD:P-1", "DTM+171:20260101:102"], "references", [{"kind": "PD", "number": "P-1", "date": "2026-01-01"}], id="any other reference"),
        pytest.param(["CUX+2:EUR:4+3:USD:11+1.0825"], "currency", "EUR", id="currency"),
        pytest.param(["CUX+2:EUR:4+3:USD:11+1.0825"], "target_currency", "USD", id="second currency"),
        pytest.param(["CUX+2:EUR:4+3:USD:11+1.0825"], "exchange_rate", "1.0825", id="and its rate"),
        pytest.param(["PAT+22++5:3:D:10", "DTM+12:20261130:102", "PCD+12:2"], "payment_terms", [{"kind": "discount", "from_event": "5", "percent": "2", "days": 10, "discount_on": "2026-11-30", "period": "D", "relation": "3"}], id="discount"),
        pytest.param(["PAT+3", "DTM+13:20261220:102"], "payment_terms", [{"kind": "fixed-date", "net_on": "2026-12-20"}], id="due on a day"),
        pytest.param(["PAT+3", "DTM+13:20261220:102"], "due_on", "2026-12-20", id="the terms' day is the invoice's"),
        pytest.param(["DTM+13:20261224:102", "PAT+3", "DTM+13:20261220:102"], "due_on", "2026-12-24", id="the heading's day goes before"),
        pytest.param(["PAT+3", "DTM+13:202649:616"], "payment_terms", [{"kind": "fixed-date", "dates": [{"kind": "13", "period": "202649", "format": "616"}]}], id="due in a week"),
        pytest.param(["TDT+20++30+31", "LOC+7+4012345000023::9"], "transport", {"mode": "road", "stage": "20", "means": "31", "places": [{"kind": "7", "id": "4012345000023"}]}, id="transport"),
        pytest.param(["TOD+3++CIF", "LOC+1+BEBRU"], "delivery_terms", {"code": "CIF", "place_kind": "1", "place_id": "BEBRU", "function": "3"}, id="delivery terms"),
        pytest.param(["PAC+6++CT", "MEA+PD+HT+MMT:500"], "packaging", [{"code": "CT", "quantity": "6", "measures": [{"purpose": "PD", "kind": "HT", "value": "500", "unit": "MMT"}]}], id="packages"),
    ],
)  # fmt: skip
def test_invoic_heading(sent, member, value):
    found = invoice(edifact(*sent, "LIN+1", "UNS+S", "MOA+77:1"))[member]
    if isinstance(value, dict):
        assert {key: found.get(key) for key in value} == value
    else:
        assert found == value


@pytest.mark.parametrize(
    ("role", "member"),
    [("BY", "buyer"), ("SU", "seller"), ("SE", "seller"), ("IV", "bill_to"), ("DP", "ship_to"), ("ST", "ship_to"), ("SF", "ship_from"), ("PE", "remit_to"), ("RE", "remit_to")],
)  # fmt: skip
def test_invoic_parties(role, member):
    found = invoice(
        edifact(
            f"NAD+{role}+4012345000023::9++N+S 1+HAM++20457+DE", "FII+RB+DE02:N+COBADEFF:25:5", "RFF+VA:DE1", "RFF+FC:77", "CTA+AD+:ANNA", "COM+0405:TE"
        )
    )  # fmt: skip
    assert found[member] == {
        "id": "4012345000023", "id_scheme": "gln", "name": "N", "address": {"street": ["S 1"], "city": "HAM", "postal_code": "20457", "country": "DE"},
        "contacts": [{"role": "AD", "name": "ANNA", "phone": "0405"}], "tax_id": "DE1", "references": [{"kind": "FC", "number": "77"}],
        "accounts": [{"role": "RB", "number": "DE02", "holder": "N", "bank_id": "COBADEFF", "bank_id_list": "25", "bank_id_scheme": "iso"}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "member", "value"),
    [
        pytest.param(["LIN+1++4012345100013:EN"], "item", {"gtin": "4012345100013"}, id="GTIN"),
        pytest.param(["LIN+1", "PIA+5+A:SA+B:IN"], "item", {"seller_id": "A", "buyer_id": "B"}, id="item numbers"),
        pytest.param(["LIN+1", "IMD+F++:::CUP:WHITE", "ALI+DE"], "item", {"description": ["CUP", "WHITE"], "origin": "DE"}, id="description and origin"),
        pytest.param(["LIN+1", "QTY+47:12:PCE", "QTY+12:13:PCE"], "quantity", "12", id="invoiced"),
        pytest.param(["LIN+1", "QTY+47:12:PCE", "QTY+12:13:PCE"], "despatched_quantity", "13", id="despatched"),
        pytest.param(["LIN+1", "QTY+46:11:PCE"], "delivered_quantity", "11", id="delivered"),
        pytest.param(["LIN+1", "QTY+192:2:PCE"], "quantities", [{"kind": "192", "quantity": "2", "unit": "PCE"}], id="free goods"),
        pytest.param(["LIN+1", "DTM+263:202610:610", "DTM+11:20261017:102"], "dates", [{"kind": "263", "period": "202610", "format": "610"}], id="a month"),
        pytest.param(["LIN+1", "MOA+203:1110:EUR"], "amount", "1110", id="line item amount"),
        pytest.param(["LIN+1", "MOA+66:1110"], "amount", "1110", id="goods item total"),
        pytest.param(["LIN+1", "MOA+203:1110", "MOA+124:210.90"], "amounts", [{"kind": "124", "amount": "210.90"}], id="an amount beside it"),
        pytest.param(["LIN+1", "PRI+AAA:36.5:::100:PCE"], "price", {"amount": "36.5", "per": "100", "unit": "PCE"}, id="a price per hundred"),
        pytest.param(["LIN+1", "PRI+INV:9.25"], "price", {"amount": "9.25"}, id="invoice price"),
        pytest.param(["LIN+1", "PRI+AAB:10", "PRI+AAA:9.25"], "prices", [{"amount": "10", "basis": "gross"}], id="a gross price is not charged"),
        pytest.param(["LIN+1", "RFF+ON:PO-1:7"], "order_line", "7", id="the order's line"),
        pytest.param(["LIN+1", "RFF+ON:PO-1:7"], "order_number", "PO-1", id="the order"),
        pytest.param(["LIN+1", "RFF+DQ:D-3:2"], "despatch_line", "2", id="the delivery note's line"),
        pytest.param(["LIN+1", "TAX+7+VAT+++:::19+S", "MOA+124:210.9", "MOA+125:1110"], "tax", {"kind": "VAT", "category": "S", "rate": "19", "amount": "210.9", "base": "1110"}, id="tax"),
        pytest.param(["LIN+1", "ALC+A+++1+DI", "PCD+3:5", "MOA+204:2.35", "MOA+25:47"], "allowances_charges", [{"kind": "allowance", "reason": "DI", "amount": "2.35", "percent": "5", "percent_of": "3", "base": "47", "stage": "1"}], id="allowance"),
        pytest.param(["LIN+1", "ALC+C", "QTY+1:12", "RTE+1:1.25:10"], "allowances_charges", [{"kind": "charge", "rate": "1.25", "rate_kind": "1", "rate_per": "10", "quantity": "12", "quantity_kind": "1"}], id="charge by rate"),
        pytest.param(["LIN+2++:EN+1:1"], "parent", "1", id="sub-line"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("release", ["D:96A:UN:EAN008", "D:01B:UN:EAN010"])
def test_invoic_line(release, sent, member, value):
    assert invoice(edifact(*sent, "UNS+S", "MOA+77:1", release=release))["lines"][0][member] == value


def test_invoic_totals():
    found = invoice(
        edifact(
            "LIN+1", "UNS+S", "CNT+2:1", "CNT+1:5", "MOA+79:100", "MOA+260:10", "MOA+259:5", "MOA+131:-5", "MOA+125:95", "MOA+176:18.05",
            "MOA+77:113.05", "MOA+113:13.05", "MOA+9:100", "MOA+129:95", "MOA+64:0",
        )
    )  # fmt: skip
    assert found["totals"] == {
        "lines": 1, "quantity": "5", "amount": "100", "allowances": "10", "charges": "5", "adjustments": "-5", "net": "95", "tax": "18.05",
        "gross": "113.05", "prepaid": "13.05", "payable": "100", "discountable": "95", "amounts": [{"kind": "64", "amount": "0"}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("codes", "member"),
    [(("125", "389"), "net"), (("176", "124"), "tax"), (("77", "86", "39", "128", "388"), "gross")],
)
def test_invoic_totals_have_several_codes(codes, member):
    for code in codes:
        assert invoice(edifact("LIN+1", "UNS+S", f"MOA+{code}:12.5", release="D:01B:UN:EAN010"))["totals"] == {member: "12.5"}


@pytest.mark.parametrize("code", ["125", "79"])
def test_invoic_base_of_a_tax_has_two_codes(code):
    found = invoice(edifact("LIN+1", "UNS+S", "MOA+77:1", "TAX+7+VAT+++:::22+S", f"MOA+{code}:100", "MOA+124:22"))
    assert found["taxes"] == [{"kind": "VAT", "category": "S", "rate": "22", "base": "100", "amount": "22", "function": "7"}]


def test_invoic_charges_of_the_summary_by_their_total():
    found = invoice(edifact("LIN+1", "UNS+S", "MOA+86:1", "ALC+C++++DL", "MOA+8:2", "ALC+C++++CA", "MOA+131:12.3", release="D:96A:UN"))
    assert found["totals"]["allowances_charges"] == [
        {"kind": "charge", "reason": "DL", "amount": "2"}, {"kind": "charge", "reason": "CA", "amount": "12.3"},
    ]  # fmt: skip


THREE_LEVELS = [
    "BGM+380+INV-7+9", "DTM+137:20261120:102",
    "TAX+7+VAT+++:::19+S",
    "ALC+A++++PC", "MOA+8:10", "TAX+7+VAT+++:::19+S",
    "ALC+C++++FC", "MOA+8:5",
    "LIN+1++4012345100013:EN", "QTY+47:10", "MOA+203:95", "PRI+AAA:10",
    "TAX+7+VAT+++:::7+S", "MOA+124:6.65",
    "ALC+A++++RAD", "MOA+8:5",
    "LIN+2++4012345100020:EN", "QTY+47:1", "MOA+203:20", "PRI+AAA:20",
    "UNS+S", "MOA+77:137.25",
    "TAX+7+VAT+++:::7+S", "MOA+124:6.65", "MOA+125:95",
    "TAX+7+VAT+++:::19+S", "MOA+124:2.85", "MOA+125:15",
    "ALC+A++++PC", "MOA+131:15",
]  # fmt: skip


@pytest.mark.parametrize("release", ["D:96A:UN:EAN008", "D:93A:UN", "D:01B:UN:EAN010", "D:24A:UN"])
def test_taxes_and_charges_of_three_levels_are_told_apart_both_ways(release):
    data = edifact(*THREE_LEVELS, release=release)
    found = invoice(data)
    vat = {"kind": "VAT", "category": "S"}
    assert found["default_taxes"] == [{**vat, "rate": "19", "function": "7"}]
    assert found["allowances_charges"] == [
        {"kind": "allowance", "reason": "PC", "amount": "10", "taxes": [{**vat, "rate": "19", "function": "7"}]},
        {"kind": "charge", "reason": "FC", "amount": "5"},
    ]
    first, second = found["lines"]
    assert first["tax"] == {**vat, "rate": "7", "amount": "6.65"}
    assert first["allowances_charges"] == [{"kind": "allowance", "reason": "RAD", "amount": "5"}]
    assert not {"tax", "taxes", "allowances_charges"} & set(second)
    assert found["taxes"] == [
        {**vat, "rate": "7", "base": "95", "amount": "6.65", "function": "7"},
        {**vat, "rate": "19", "base": "15", "amount": "2.85", "function": "7"},
    ]
    assert found["totals"]["allowances_charges"] == [{"kind": "allowance", "reason": "PC", "amount": "15"}]
    again = written(data)
    assert again[: again.index("UNS+S")] == data.decode().split("'")[2 : 2 + again.index("UNS+S")]
    summary = [cut.replace("131:15", "8:15") for cut in data.decode().split("'")[2 + again.index("UNS+S") : -3]]
    assert sorted(again[again.index("UNS+S") :]) == sorted([*summary, "CNT+2:2"])  # lines are counted; the two amounts of a tax change places


@pytest.mark.parametrize(
    ("una", "sent", "value", "faults"),
    [
        pytest.param("UNA:+,? '", "1234,56", "1234.56", [], id="comma promised, comma sent"),
        pytest.param("UNA:+,? '", "1234.56", "1234.56", ["19 6/1.2", "19 7/1.2", "19 9/1.2"], id="comma promised, point sent"),
        pytest.param("UNA:+.? '", "1234,56", "1234.56", ["19 6/1.2", "19 7/1.2", "19 9/1.2"], id="point promised, comma sent"),
        pytest.param("", "1234.56", "1234.56", [], id="nothing promised, point sent"),
        pytest.param("", "1234,56", "1234.56", ["19 6/1.2", "19 7/1.2", "19 9/1.2"], id="nothing promised, comma sent"),
        pytest.param("UNA:+,? '", "-19,9", "-19.9", [], id="negative"),
        pytest.param("UNA:+,? '", "1234", "1234", [], id="no decimals"),
    ],
)
def test_a_decimal_mark_is_the_interchanges_own(una, sent, value, faults):
    """In syntax 3 the UNA's mark is a promise: the other one is 0085 19 at its component; the document has the number either way."""
    data = edifact("LIN+1", "QTY+47:1", f"MOA+203:{sent}", f"PRI+AAA:{sent}", "UNS+S", f"MOA+77:{sent}", una=una)
    found = invoice(data)
    line = found["lines"][0]
    assert (line["amount"], line["price"]["amount"], found["totals"]["gross"]) == (value, value, value)
    _, checked = message_of(data)
    assert [f"{one.code.value.edifact} {one.at.segment}/{one.at.element}.{one.at.component}" for one in checked.faults] == faults
    mark = una[5:6] if una else "."
    assert f"MOA+77:{value.replace('.', mark)}" in [cut.replace("?", "") for cut in written(data)]


def test_a_code_of_the_association_is_kept_and_no_reason_to_refuse():
    """EANCOM adds codes to D96A's lists. Under EAN008 such a code is noted, in plain D96A it is a warning; the document has it either way."""
    sent = ["BGM+380+INV-7+9", "DTM+137:20261120:102", "RFF+API:88", "ALC+A++++X14", "MOA+8:1", "LIN+1", "QTY+47:1", "UNS+S", "MOA+77:1"]
    eancom, plain = edifact(*sent), edifact(*sent, release="D:96A:UN")
    for data, severity in ((eancom, Severity.NOTE), (plain, Severity.WARN)):
        found = invoice(data)
        assert found["references"] == [{"kind": "API", "number": "88"}]
        assert found["allowances_charges"] == [{"kind": "allowance", "reason": "X14", "amount": "1"}]
        _, checked = message_of(data)
        assert {one.severity for one in checked.faults} == {severity}
    assert "RFF+API:88" in written(eancom)
    assert "ALC+A++++X14" in written(eancom)
    with pytest.raises(NotWritable, match="the code is not in the release's list, 'API'"):
        written(plain)


def test_both_maps_name_the_members_people_act_on():
    x12_810 = LIBRARY.program("x12/810", standards.find("x12", "810", "004010"))  # type: ignore[arg-type]
    invoic = LIBRARY.program("edifact/INVOIC", standards.find("edifact", "INVOIC", "D96A"))  # type: ignore[arg-type]
    assert {
        "number", "kind", "purpose", "issued_on", "currency", "order_number", "order_issued_on", "despatch_number", "contract_number", "original_number",
        "buyer.id", "seller.name", "bill_to.address.city", "ship_to.id_scheme", "remit_to.name", "payment_terms.net_on", "payment_terms.percent",
        "allowances_charges.amount", "allowances_charges.kind", "lines.quantity", "lines.unit", "lines.price.amount", "lines.amount", "lines.order_line",
        "lines.order_number", "lines.despatched_quantity", "lines.tax.rate", "lines.tax.amount", "lines.item.gtin", "lines.item.buyer_id",
        "lines.allowances_charges.amount", "taxes.rate", "taxes.amount", "totals.lines", "totals.amount", "totals.tax", "totals.gross",
    } <= x12_810.fields & invoic.fields  # fmt: skip


def test_delimiters_of_a_reply_are_free():
    """A map sees no delimiter: what came with one set goes out with another."""
    message, checked = message_of(edifact("LIN+1", "MOA+203:19.9", "UNS+S", "MOA+77:19.9"))
    program = program_of(message)
    document = program.read(checked.root, message).document
    cuts = program.write(document, delimiters=Delimiters("*", "|", "~", "", "!", ","), charset="ascii")
    assert ["MOA", ["77", "19,9"]] in cuts
