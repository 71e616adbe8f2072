"""The base maps: what a segment becomes, in every release, and back."""

import json
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest

from edigw import documents, mappings, parsers, standards, yamlfile
from edigw.errors import NotWritable
from edigw.faults import FaultCode
from edigw.mappings import codes
from edigw.model import X12_DELIMITERS, OutGroup, OutInterchange, OutMessage
from edigw.standards import walk

SAMPLES = Path(__file__).parents[2] / "samples"
BASES = [
    ("x12", "850", "x12/850"),
    ("edifact", "ORDERS", "edifact/ORDERS"),
    ("x12", "855", "x12/855"),
    ("edifact", "ORDRSP", "edifact/ORDRSP"),
    ("x12", "810", "x12/810"),
    ("edifact", "INVOIC", "edifact/INVOIC"),
    ("x12", "856", "x12/856"),
    ("edifact", "DESADV", "edifact/DESADV"),
]


@pytest.fixture(scope="module")
def library():
    return mappings.Library({})


def messages(data):
    for interchange in parsers.split(data):
        yield from ((interchange, message) for message in parsers.read(data, interchange))


def read(library, interchange, message):
    name = {kind: name for _, kind, name in BASES}[message.type]
    program = library.program(name, standards.find(interchange.syntax, message.type, message.release))
    return program, program.read(walk.walk(message, program.standard).root, message)


def x12(*segments, release="004010"):
    text = [
        "ISA*00*          *00*          *ZZ*ACMESTORES     *ZZ*OURCOMPANY     *261120*1530*U*00401*000000101*0*P*>",
        f"GS*PO*ACME*OURCOMPANY*20261120*1530*1*X*{release}",
        "ST*850*0001",
        *(segments if segments[0].startswith("BEG") else ("BEG*00*SA*A**20261120", *segments)),
        f"SE*{len(segments) + (2 if segments[0].startswith('BEG') else 3)}*0001",
        "GE*1*1",
        "IEA*1*000000101",
    ]
    return "~".join([*text, ""]).encode()


def edifact(*segments, release="D:96A:UN:EAN008"):
    text = ["UNB+UNOC:3+4012345000016:14+4012345000009:14+261120:1530+1", f"UNH+1+ORDERS:{release}"]
    text += segments if segments[0].startswith("BGM") else ("BGM+220+A+9", "DTM+137:20261120:102", *segments)
    text += [f"UNT+{len(text)}+1", "UNZ+1+1"]
    return "'".join([*text, ""]).encode("latin-1")


def order(library, data):
    ((interchange, message),) = messages(data)
    _, found = read(library, interchange, message)
    finished = documents.finish("order", found.document)
    assert not [fault for fault in finished.faults if fault[0] != "lines"]
    return json.loads(finished.json)


@pytest.mark.parametrize(("syntax", "kind", "name"), BASES)
def test_a_base_map_serves_every_release(library, syntax, kind, name):
    """D912 is a draft whose lines have no quantity yet."""
    for release in standards.releases(syntax, kind):
        program = library.program(name, standards.find(syntax, kind, release))
        issued = "issued_at" if kind in ("856", "DESADV") else "issued_on"
        wanted = {"number", issued, "ship_to.id"} | ({"lines.quantity"} if release != "D912" else set())
        assert wanted <= program.fields, release


@pytest.mark.parametrize(
    ("sent", "member", "value"),
    [
        pytest.param("BEG*01*RL*PO-1*REL-3*20261120*C-9*AD", "kind", "cancellation", id="what the set does"),
        pytest.param("BEG*01*RL*PO-1*REL-3*20261120*C-9*AD", "order_type", "call-off", id="what sort of order it is"),
        pytest.param("BEG*01*RL*PO-1*REL-3*20261120*C-9*AD", "response_wanted", "detail-no-change", id="what answer is wanted"),
        pytest.param("BEG*00*QQ*PO-1**20261120", "order_type", "QQ", id="a code without a word stays"),
        pytest.param("CUR*SE*CAD", "currency", "CAD", id="the seller's currency"),
        pytest.param("REF*CO*C-88", "customer_order_number", "C-88", id="a reference with a member of its own"),
        pytest.param("REF*DP*038*HOUSEWARES", "references", [{"kind": "DP", "number": "038", "text": "HOUSEWARES"}], id="any other reference"),
        pytest.param("REF*VR*V-1**IA>77", "references", [{"kind": "VR", "number": "V-1", "within": {"kind": "IA", "number": "77"}}], id="a reference within another"),
        pytest.param("TAX*75-1234*SP*TX*SP*OK", "tax_exemptions", [{"id": "75-1234", "places": [{"kind": "SP", "id": "TX"}, {"kind": "SP", "id": "OK"}]}], id="a tax number and where it holds"),
        pytest.param("LDT*AF*10*DA", "lead_times", [{"kind": "AF", "quantity": "10", "period": "DA"}], id="lead time"),
        pytest.param("SI*VI*FR*Y*SA*N", "instructions", [{"agency": "VI", "code": "FR", "service": "Y", "more": [{"code": "SA", "service": "N"}]}], id="several services"),
        pytest.param("DTM*037*20261124", "ship_not_before", "2026-11-24", id="a date with a member of its own"),
        pytest.param("DTM*106*20261123*1530*ET", "dates", [{"kind": "106", "on": "2026-11-23", "time": "15:30", "zone": "ET"}], id="any other date"),
        pytest.param("DTM*002*20261124*0830", "deliver_on", "2026-11-24T08:30", id="a date with its time"),
        pytest.param("DTM*010****RD8*20261101-20261130", "dates", [{"kind": "010", "period": "20261101-20261130", "format": "RD8"}], id="a period under a date's qualifier"),
        pytest.param("SAC*C*D240***1250**********FREIGHT", "allowances_charges", [{"kind": "charge", "reason": "D240", "text": "FREIGHT", "amount": "12.50"}], id="two implied decimals"),
        pytest.param("ITD*08*3*2**10**30", "payment_terms", [{"kind": "basic-discount", "from_event": "3", "percent": "2", "days": 10, "net_days": 30}], id="terms"),
        pytest.param("FOB*PP*OR*DALLAS*01*FOB", "delivery_terms", {"code": "FOB", "place": "DALLAS", "place_kind": "OR", "payment": "prepaid", "code_kind": "01"}, id="delivery terms"),
        pytest.param("TD5*O*2*UPSN*M", "transport", {"mode": "road", "carrier": {"id": "UPSN", "id_scheme": "scac"}, "sequence": "O"}, id="carrier"),
        pytest.param("PER*BD*JANE*TE*214*EM*J@X", "contacts", [{"role": "BD", "name": "JANE", "phone": "214", "email": "J@X"}], id="contact"),
    ],
)  # fmt: skip
def test_850_heading(library, sent, member, value):
    assert order(library, x12(sent))[member] == value


def test_850_notes_stand_under_their_subject(library):
    found = order(library, x12("N9*L1*SHIPPING", "MSG*CALL FIRST", "MSG*DOCK 7"))
    assert found["texts"] == [{"kind": "L1", "number": "SHIPPING", "lines": ["CALL FIRST", "DOCK 7"]}]


def test_850_a_second_party_of_one_role_is_not_lost(library):
    found = order(library, x12("N1*ST*FIRST*92*1", "N1*ST*SECOND*92*2", "N3*2 MAIN ST"))
    assert found["ship_to"]["name"] == "FIRST"
    assert [(party["name"], party["address"]) for party in found["parties"]] == [("SECOND", {"street": ["2 MAIN ST"]})]


@pytest.mark.parametrize(
    ("sent", "member", "value"),
    [
        pytest.param(["PO1*7*5*CA*9.25*PE"], "number", "7", id="number"),
        pytest.param(["PO1**5*CA*9.25*PE"], "number", "1", id="without a number its place counts"),
        pytest.param(["PO1*7*5*CA*9.25*PE"], "unit", "XCS", id="a case is Recommendation 20's"),
        pytest.param(["PO1*7*5*8Y*9.25*PE"], "unit", "8Y", id="a unit without a word stays"),
        pytest.param(["PO1*7*5*EA*9.25*QE"], "price", {"amount": "9.25", "basis": "quoted-each"}, id="price"),
        pytest.param(["PO1*7*5*EA***UP*614141100118*IN*B1*VN*S1*CM*BLU"], "item", {"gtin": "614141100118", "buyer_id": "B1", "seller_id": "S1", "ids": [{"kind": "CM", "id": "BLU"}]}, id="item numbers"),
        pytest.param(["PO1*7*5*EA", "CTP*RS*RES*19.98"], "prices", [{"amount": "19.98", "type": "RES", "trade_class": "RS"}], id="a retail price is no price to pay"),
        pytest.param(["PO1*7*5*EA", "PID*F****WIDGET", "PID*F*73***BLUE"], "item", {"description": ["WIDGET"], "colour": "BLUE"}, id="description and colour"),
        pytest.param(["PO1*7*5*EA", "PO4*4*6*EA"], "pack", {"inner": "4", "unit": "EA", "size": "6"}, id="pack"),
        pytest.param(["PO1*7*5*EA", "SDQ*EA*92*0101*2*0107*3"], "destinations", [{"unit": "EA", "id_scheme": "assigned-by-buyer", "places": [{"place": "0101", "quantity": "2"}, {"place": "0107", "quantity": "3"}]}], id="stores"),
        pytest.param(["PO1*7*5*EA", "SCH*2*EA***002*20261127"], "schedule", [{"quantity": "2", "unit": "EA", "deliver_on": "2026-11-27"}], id="schedule"),
        pytest.param(["PO1*7*5*EA", "N9*ZZ*CARE", "MSG*HAND WASH"], "texts", [{"kind": "ZZ", "number": "CARE", "lines": ["HAND WASH"]}], id="text"),
        pytest.param(["PO1*7*5*EA", "SLN*1**I*6*EA*3*PE**IN*B2"], "sublines", [{"number": "1", "relation": "I", "quantity": "6", "unit": "EA", "price": {"amount": "3", "basis": "each"}, "item": {"buyer_id": "B2"}}], id="component"),
        pytest.param(["PO1*7*5*EA", "PO3*PC*20261201***PE*3*EA*FROM DECEMBER"], "details", [{"change": "PC", "on": "2026-12-01", "basis": "each", "quantity": "3", "unit": "EA", "text": "FROM DECEMBER"}], id="another quantity from a day on"),
        pytest.param(["PO1*7*5*EA", "QTY*63*2*EA"], "quantities", [{"kind": "63", "quantity": "2", "unit": "EA"}], id="another quantity"),
        pytest.param(["PO1*7*5*EA", "N1*ST**92*0109", "QTY*63*2*EA"], "parties", [{"role": "ST", "id": "0109", "id_scheme": "assigned-by-buyer", "quantities": [{"kind": "63", "quantity": "2", "unit": "EA"}]}], id="a store's part of the line"),
        pytest.param(["PO1*7*5*EA", "SLN*1**I*6*EA", "PO4*1", "N9*ZZ*KIT", "MSG*FOLD"], "sublines", [{"number": "1", "relation": "I", "quantity": "6", "unit": "EA", "pack": {"inner": "1"}, "texts": [{"kind": "ZZ", "number": "KIT", "lines": ["FOLD"]}]}], id="a kit's part with its text"),
        pytest.param(["PO1*7*5*EA", "N1*ST*STORE 9*92*0109"], "parties", [{"role": "ST", "id": "0109", "id_scheme": "assigned-by-buyer", "name": "STORE 9"}], id="the line's own party"),
    ],
)  # fmt: skip
def test_850_line(library, sent, member, value):
    assert order(library, x12(*sent))["lines"][0][member] == value


@pytest.mark.parametrize("release", ["003040", "004010", "004030", "005010", "006030"])
def test_850_totals_in_releases_with_and_without_a_loop(library, release):
    day = "261120" if release < "004010" else "20261120"
    found = order(library, x12(f"BEG*00*SA*A**{day}", "PO1*1*5*EA", "CTT*1*5", release=release))
    assert found["totals"] == {"lines": 1, "quantity": "5"}
    assert found["issued_on"] == "2026-11-20"


@pytest.mark.parametrize(
    ("sent", "member", "value"),
    [
        pytest.param(["BGM+224+A+4+AC"], "kind", "change", id="what the message does"),
        pytest.param(["BGM+224+A+4+AC"], "order_type", "rush", id="what sort of order it is"),
        pytest.param(["BGM+224+A+4+AC"], "response_wanted", "detail-and-change", id="what answer is wanted"),
        pytest.param(["BGM+220+A+9", "DTM+137:202611201530:203"], "issued_on", "2026-11-20T15:30", id="a time of day is kept"),
        pytest.param(["BGM+220+A+9", "DTM+137:202611201530?+01:303"], "issued_on", "2026-11-20T15:30+01:00", id="with its zone"),
        pytest.param(["DTM+63:20261130:102"], "deliver_not_after", "2026-11-30", id="latest delivery"),
        pytest.param(["DTM+45:20261130:102"], "dates", [{"kind": "45", "on": "2026-11-30"}], id="any other date"),
        pytest.param(["DTM+2:202648:616"], "dates", [{"kind": "2", "period": "202648", "format": "616"}], id="a week of delivery"),
        pytest.param(["RFF+CT:R-7"], "contract_number", "R-7", id="contract"),
        pytest.param(["RFF+UO:C-88"], "customer_order_number", "C-88", id="the customer's order"),
        pytest.param(["ALI+DE+9+71+72"], "origin_terms", {"origin": "DE", "duty": "9", "conditions": ["71", "72"]}, id="origin and conditions"),
        pytest.param(["CUX+2:EUR:9+3:USD:4+1.09"], "exchange_rate", "1.09", id="a second currency"),
        pytest.param(["ALC+C++++FC", "RTE+2:0.5:1:KGM"], "allowances_charges", [{"kind": "charge", "reason": "FC", "rate_kind": "2", "rate": "0.5", "rate_per": "1", "rate_unit": "KGM"}], id="a charge by rate"),
        pytest.param(["RFF+PD:P-1"], "promotion_number", "P-1", id="promotion"),
        pytest.param(["RFF+VN:P-1", "DTM+171:20260101:102"], "references", [{"kind": "VN", "number": "P-1", "date": "2026-01-01"}], id="a reference with its date"),
        pytest.param(["FTX+DEL+++ONE:TWO"], "texts", [{"kind": "DEL", "lines": ["ONE", "TWO"]}], id="text"),
        pytest.param(["CUX+2:EUR:9"], "currency", "EUR", id="currency"),
        pytest.param(["NAD+IV+4012345000030::9"], "bill_to", {"id": "4012345000030", "id_scheme": "gln"}, id="invoicee"),
        pytest.param(["NAD+BY+X::92++N+S 1+HAM++20457+DE", "CTA+PD+:ANNA", "COM+0405:TE"], "buyer",
            {"id": "X", "id_scheme": "assigned-by-buyer", "name": "N", "address": {"street": ["S 1"], "city": "HAM", "postal_code": "20457", "country": "DE"},
             "contacts": [{"role": "PD", "name": "ANNA", "phone": "0405"}]}, id="buyer"),
        pytest.param(["PAT+1++5:3:D:30"], "payment_terms", [{"kind": "basic", "from_event": "5", "days": 30, "period": "D", "relation": "3"}], id="terms"),
        pytest.param(["TOD+6+PP+DAP"], "delivery_terms", {"code": "DAP", "payment": "prepaid", "function": "6"}, id="delivery terms"),
        pytest.param(["TDT+20++30"], "transport", {"mode": "road", "stage": "20"}, id="road"),
        pytest.param(["TDT+20++30", "LOC+8+DEHAM::6+K5:::KAI 5", "DTM+132:20261124:102"], "transport",
            {"mode": "road", "stage": "20", "places": [{"kind": "8", "id": "DEHAM", "id_scheme": "6", "related": {"id": "K5", "name": "KAI 5"}, "dates": [{"kind": "132", "on": "2026-11-24"}]}]}, id="a place of the way, its quay and its day"),
        pytest.param(["RFF+VN:P-1", "DTM+4:20260101:102"], "references", [{"kind": "VN", "number": "P-1", "dates": [{"kind": "4", "on": "2026-01-01"}]}], id="a reference with another date"),
        pytest.param(["NAD+SE+X::91", "LOC+44+G1:::GATE 1", "FII+RB+DE02:ACME+BANKDEFF:25:5", "RFF+FC:12", "DTM+171:20260101:102"], "seller",
            {"id": "X", "id_scheme": "assigned-by-seller", "places": [{"kind": "44", "id": "G1", "name": "GATE 1"}], "accounts": [{"role": "RB", "number": "DE02", "holder": "ACME", "bank_id": "BANKDEFF", "bank_id_list": "25", "bank_id_scheme": "iso"}],
             "references": [{"kind": "FC", "number": "12", "date": "2026-01-01"}]}, id="a party's gate, bank and tax office number"),
        pytest.param(["TAX+7+VAT+++:::19+S", "MOA+124:19", "LOC+27+DE"], "taxes", [{"function": "7", "kind": "VAT", "rate": "19", "category": "S", "amount": "19", "places": [{"kind": "27", "id": "DE"}]}], id="a tax with amount and place"),
        pytest.param(["PAC+1++201", "PCI+33E", "GIN+BJ+340123450000000017"], "packaging", [{"quantity": "1", "code": "201", "marks_kind": "33E", "sscc": ["340123450000000017"]}], id="a label"),
        pytest.param(["EQD+CN+MSKU1", "MEA+AAE+AAL+KGM:20"], "transport", {"equipment": [{"kind": "CN", "number": "MSKU1", "measures": [{"purpose": "AAE", "kind": "AAL", "unit": "KGM", "value": "20"}]}]}, id="a container and its weight"),
        pytest.param(["GIR+1+A:AA+B:AB"], "related_ids", [{"kind": "1", "ids": [{"kind": "AA", "id": "A"}, {"kind": "AB", "id": "B"}]}], id="numbers of the whole order"),
        pytest.param(["SCC+4++W", "QTY+21:5", "DTM+2:20261124:102"], "schedule", [{"status": "4", "pattern": "W", "kind": "21", "quantity": "5", "deliver_on": "2026-11-24"}], id="a plan for all lines"),
        pytest.param(["RCS+14+EP4", "RFF+ACD:7", "FTX+AAI+++CLEAN"], "requirements", [{"sector": "14", "code": "EP4", "references": [{"kind": "ACD", "number": "7"}], "texts": [{"kind": "AAI", "lines": ["CLEAN"]}]}], id="a requirement"),
        pytest.param(["PAT+1++5:3:D:30", "PCD+15:2:13"], "payment_terms", [{"kind": "basic", "from_event": "5", "days": 30, "period": "D", "relation": "3", "percentages": [{"kind": "15", "percent": "2", "basis": "13"}]}], id="a percentage that is no discount"),
    ],
)  # fmt: skip
def test_orders_heading(library, sent, member, value):
    release = "D:01B:UN:EAN010" if sent[0].startswith("GIR") else "D:96A:UN:EAN008"
    assert order(library, edifact(*sent, "UNS+S", release=release))[member] == value


def test_a_date_of_a_reference_with_a_member_is_no_date_of_the_order(library):
    """RFF UO leads into the order itself; what its DTM says is left for a partner's map."""
    found = order(library, edifact("RFF+UO:C-88", "DTM+4:20260101:102", "UNS+S"))
    assert (found["customer_order_number"], found.get("dates")) == ("C-88", None)
    assert [(one["segment"], one["element"]) for one in found["unmapped"]] == [("RFF/DTM", "1.1"), ("RFF/DTM", "1.2"), ("RFF/DTM", "1.3")]


@pytest.mark.parametrize(
    ("sent", "member", "value"),
    [
        pytest.param(["LIN+1++4012345100013:EN"], "item", {"gtin": "4012345100013"}, id="GTIN"),
        pytest.param(["LIN+1++AB9:SA"], "item", {"seller_id": "AB9"}, id="LIN with the supplier's number"),
        pytest.param(["LIN+1", "PIA+5+A:SA+B:IN+C:IB"], "item", {"seller_id": "A", "buyer_id": "B", "ids": [{"kind": "IB", "id": "C"}]}, id="several in one PIA"),
        pytest.param(["LIN+1", "PIA+1+A:SA::91+B:IN::92"], "item", {"seller_id": "A", "buyer_id": "B"}, id="whose number it is, said again"),
        pytest.param(["LIN+1", "GIN+BN+123+124"], "identities", [{"kind": "BN", "numbers": ["123", "124"]}], id="numbers of pieces"),
        pytest.param(["LIN+1", "GIR+3+S1:BN+S2:BX"], "related_ids", [{"kind": "3", "ids": [{"kind": "BN", "id": "S1"}, {"kind": "BX", "id": "S2"}]}], id="numbers that belong together"),
        pytest.param(["LIN+1", "PAC+2++CT", "PCI+33E+ACME:FRAGILE"], "packaging", [{"quantity": "2", "code": "CT", "marks": ["ACME", "FRAGILE"], "marks_kind": "33E"}], id="packaging with its marks"),
        pytest.param(["LIN+1", "NAD+DP+4012345000016::9", "CTA+IC+:ANNA", "COM+0405:TE"], "parties", [{"role": "DP", "id": "4012345000016", "id_scheme": "gln", "contacts": [{"role": "IC", "name": "ANNA", "phone": "0405"}]}], id="the line's own party"),
        pytest.param(["LIN+1", "SCC+1", "QTY+21:5:PCE", "DTM+2:20261127:102"], "schedule", [{"status": "1", "kind": "21", "quantity": "5", "unit": "PCE", "deliver_on": "2026-11-27"}], id="schedule"),
        pytest.param(["LIN+1", "PIA+1+B:BP"], "item", {"buyer_id": "B"}, id="additional"),
        pytest.param(["LIN+1", "IMD+F++:::CUP:WHITE", "IMD+F+35+:::BLUE"], "item", {"description": ["CUP", "WHITE"], "colour": "BLUE"}, id="description and colour"),
        pytest.param(["LIN+1", "QTY+21:12:PCE"], "quantity", "12", id="ordered"),
        pytest.param(["LIN+1", "QTY+192:2:PCE"], "quantities", [{"kind": "192", "quantity": "2", "unit": "PCE"}], id="free goods"),
        pytest.param(["LIN+1", "PRI+AAA:9.25::NTP:1:PCE"], "price", {"amount": "9.25", "per": "1", "unit": "PCE", "type": "NTP"}, id="net price"),
        pytest.param(["LIN+1", "PRI+AAB:9.25"], "prices", [{"amount": "9.25", "basis": "gross"}], id="a gross price is not the price"),
        pytest.param(["LIN+1", "MOA+203:1110"], "amount", "1110", id="amount"),
        pytest.param(["LIN+1", "RFF+ON:P-1:7"], "references", [{"kind": "ON", "number": "P-1", "line": "7"}], id="reference"),
        pytest.param(["LIN+1", "LOC+7+4012345000023::9", "QTY+11:6:PCE"], "deliveries", [{"kind": "7", "place": "4012345000023", "id_scheme": "gln", "quantity": "6", "quantity_kind": "11", "unit": "PCE"}], id="a place of its own"),
        pytest.param(["LIN+1", "ALC+A", "PCD+3:5"], "allowances_charges", [{"kind": "allowance", "percent": "5", "percent_of": "3"}], id="allowance"),
        pytest.param(["LIN+2++:EN+1:1"], "parent", "1", id="sub-line"),
        pytest.param(["LIN+1", "PIA+4+S9:SA"], "related_products", [{"kind": "4", "ids": [{"kind": "SA", "id": "S9"}]}], id="a substitute"),
        pytest.param(["LIN+1", "GIN+BN+100:199"], "ranges", [{"kind": "BN", "first": "100", "last": "199"}], id="a range of numbers"),
        pytest.param(["LIN+1", "CCI+++COL", "CAV+RED:::CRIMSON"], "characteristics", [{"code": "COL", "values": [{"code": "RED", "text": "CRIMSON"}]}], id="a characteristic"),
        pytest.param(["LIN+1", "QVR+5:21+AC+PS"], "variance", {"quantity": "5", "kind": "21", "discrepancy": "AC", "reason": "PS"}, id="how much may be missing"),
        pytest.param(["LIN+1", "PRI+AAA:9.25", "APR+WS+0.9:CSD", "DTM+7:20261201:102"], "price", {"amount": "9.25", "trade_class": "WS", "multiplier": "0.9", "multiplier_kind": "CSD", "dates": [{"kind": "7", "on": "2026-12-01"}]}, id="a price with its day"),
        pytest.param(["LIN+1", "LOC+7+S1+D4", "QTY+11:6", "DTM+63:20261130:102"], "deliveries", [{"kind": "7", "place": "S1", "related": {"id": "D4"}, "quantity": "6", "quantity_kind": "11", "dates": [{"kind": "63", "on": "2026-11-30"}]}], id="a dock of a place, with a day"),
        pytest.param(["LIN+1", "STG+1+3+2", "QTY+12:5"], "stages", [{"kind": "1", "count": 3, "current": 2, "quantities": [{"kind": "12", "quantity": "5"}]}], id="a stage"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("release", ["D:96A:UN:EAN008", "D:01B:UN:EAN010"])
def test_orders_line(library, release, sent, member, value):
    assert order(library, edifact(*sent, "UNS+S", release=release))["lines"][0][member] == value


WIDE = [
    *("RFF+UO:C-1", "RFF+AAN:P-1", "DTM+4:20260101:102", "NAD+BY+X::92", "LOC+44+G1:::GATE+D1+E1", "FII+RB+DE02:ACME", "RFF+FC:12", "DTM+171:20260101:102"),
    *("DOC+380+R-1:1:ACME+AA+1", "DTM+137:20260101:102", "TAX+7+VAT+++:::19+S", "MOA+124:19", "LOC+27+DE", "TDT+20++30", "LOC+8+DEHAM::6", "DTM+132:20261124:102"),
    *("TOD+6++DAP", "LOC+7+DEHAM:::HAMBURG+K5", "PAC+1++201", "PCI+33E+ACME", "GIN+BJ+340123450000000017", "EQD+CN+MSKU1", "HAN+EAT", "MEA+AAE+AAL+KGM:20"),
    *("SCC+4++W", "RFF+ON:1", "APR+WS+0.9:CSD", "DTM+7:20261201:102", "RCS+14+EP4", "RFF+ACD:7"),
    *("LIN+1", "PIA+4+S9:SA", "QTY+21:5", "PCD+1:10", "GIN+BN+100:199", "QVR+5:21+AC+PS", "CCI+++COL", "CAV+RED", "PRI+AAA:9.25", "APR+WS+0.9:CSD", "PRI+AAB:9", "DTM+7:20261201:102"),
    *("PAC+2++CT", "QTY+52:6", "RFF+LI:1", "PCI+33E+ACME", "GIN+BJ+340123450000000024", "LOC+7+S1+D4", "QTY+11:6", "TAX+7+VAT+++:::19+S", "LOC+27+DE", "NAD+DP+Y::92", "LOC+7+G2"),
    *("EQD+CN+MSKU2", "RCS+14+EP4", "STG+1+3+2", "QTY+12:5", "UNS+S", "CNT+2:1", "ALC+C++++FC", "MOA+8:5"),
]


@pytest.mark.parametrize("kind", ["ORDERS", "ORDRSP"])
@pytest.mark.parametrize("release", ["D:96A:UN:EAN008", "D:01B:UN:EAN010"])
def test_what_few_partners_send_comes_back_as_it_was(library, kind, release):
    """Segment by segment, in the order of the table; UNS is in the table, and an ORDRSP without them has the same."""
    data = edifact("BGM+220+A+9", "DTM+137:20261120:102", *WIDE, release=release).replace(b"+ORDERS:", f"+{kind}:".encode())
    ((_, message),) = messages(data)
    program, found = read(library, _, message)
    assert not found.unmapped
    assert not walk.walk(message, program.standard).unplaced
    again = written(program, message, found.document)
    assert again == [cut for cut in message.segments() if cut[0] not in ("UNH", "UNT")]


def test_orders_totals(library):
    found = order(library, edifact("LIN+1", "QTY+21:5", "UNS+S", "MOA+79:10", "CNT+1:5", "CNT+2:1"))
    assert found["totals"] == {"lines": 1, "quantity": "5", "amount": "10"}


def test_a_piece_of_edifacts_older_name_is_a_piece_in_x12(library):
    """Recommendation 20 calls it H87; most EDIFACT senders still write PCE."""
    program = library.program("x12/850", standards.find("x12", "850", "004010"))
    document = {"kind": "original", "order_type": "stand-alone", "number": "A", "issued_on": "2026-11-20", "lines": [{"quantity": "5", "unit": "PCE"}]}
    cuts = program.write(document, delimiters=X12_DELIMITERS, charset="ascii")
    assert [cut for cut in cuts if cut[0] == "PO1"] == [["PO1", "", "5", "PC"]]


@pytest.mark.parametrize(
    ("x12", "edifact"),
    [
        ("order-purpose", "message-function"),
        ("party-scheme", "party-agency"),
        ("transport-mode", "transport-means"),
        ("freight-payment", "transport-charges"),
        ("terms-type", "payment-terms"),
        ("charge-handling", "charge-settlement"),
        ("order-type", "order-name"),
        ("response-wanted", "response-type"),
        ("acknowledgement-type", "response-answer"),
        ("acknowledgement-type", "response-function"),
        ("line-status", "line-action"),
    ],
)
def test_both_syntaxes_speak_the_same_words(x12, edifact):
    ours, theirs = codes.find(x12), codes.find(edifact)
    assert len(set(ours.codes) & set(theirs.codes)) >= 3


@pytest.mark.parametrize("name", codes.names())
def test_a_word_is_no_code_of_its_own_table(name):
    table = codes.find(name)
    assert not [word for word in table.codes if word in table.words and table.words[word] != word]


@pytest.mark.parametrize("name", codes.names())
def test_a_plain_table_says_what_yaml_says(name):
    data = (resources.files("edigw.mappings") / "codes" / f"{name}.yaml").read_bytes()
    (node,) = yamlfile.read(data, name).documents
    assert codes.plain(data) in (None, [(code.text, word.text) for code, word in node])


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        pytest.param('# a table\nEA: each  # one\n\n"9": nine\n', [("EA", "each"), ("9", "nine")], id="codes, words, comments"),
        pytest.param("NO: no\n00: 0x1\n", [("NO", "no"), ("00", "0x1")], id="texts as they stand"),
        pytest.param("EA: each\nEA: other\n", None, id="a code twice"),
        pytest.param("EA: each # é\n", None, id="not ASCII"),
        pytest.param("EA: two words\n", None, id="a word with a blank"),
        pytest.param("EA: each# one\n", None, id="no blank before the comment"),
        pytest.param("EA:each\n", None, id="no blank behind the colon"),
        pytest.param("EA: &a each\n", None, id="an anchor"),
        pytest.param("EA:\n  each\n", None, id="a word on the next line"),
        pytest.param(" EA: each\n", None, id="indented"),
        pytest.param("EA: each\r\n", None, id="CR and LF"),
        pytest.param("{EA: each}\n", None, id="in braces"),
        pytest.param('"\\x45A": each\n', None, id="an escape"),
        pytest.param("EA: each # \x07\n", None, id="a control character"),
    ],
)
def test_only_a_plain_table_is_read_without_yaml(text, rows):
    assert codes.plain(text.encode()) == rows


RELEASELESS = {"envelope-x12-release-nobody-has"}  # what it was read by is not what it says
GOOD = sorted(folder.name for folder in SAMPLES.iterdir() if (folder / "document.json").is_file() and folder.name not in RELEASELESS)
#: A value that the standard asks for was not sent, or could not be, so the document lacks it: where writing says so, and of what.
BROKEN = {
    "despatch-edifact-word-for-number": [("lines.0", "QTY.1.2")],
    "despatch-x12-856-no-order-number": [("orders.0.number", "PRF.1")],
    "invoice-edifact-impossible-date": [("document", "DTM")],
    "invoice-x12-810-point-in-a-total": [("document", "TDS")],
    "order-response-x12-855-no-status": [("lines.1.confirmed.0.status", "ACK.1"), ("lines.1.confirmed.0.quantity", "ACK.2")],
    "orders-edifact-bad-quantity": [("lines.0", "QTY.1.2")],
    "orders-edifact-missing-date": [("document", "DTM")],
    "orders-x12-850-impossible-date": [("issued_on", "BEG.5")],
}


@pytest.mark.parametrize("folder", BROKEN)
def test_what_is_missing_is_not_made_up(library, folder):
    """The first message of each; nothing of it is written."""
    interchange, message = next(messages((SAMPLES / folder / "in.edi").read_bytes()))
    program, found = read(library, interchange, message)
    with pytest.raises(NotWritable) as refused:
        written(program, message, found.document)
    assert [(path, text.partition(":")[0]) for path, text in refused.value.problems] == BROKEN[folder]
    assert all(": a mandatory " in text or ": an element is missing that another one here requires" in text for _, text in refused.value.problems)


@pytest.mark.parametrize("folder", [name for name in GOOD if name not in BROKEN])
def test_what_was_read_is_written_and_read_again(library, folder):
    """After one pass nothing changes any more, and the second document is the first."""
    for interchange, message in messages((SAMPLES / folder / "in.edi").read_bytes()):
        program, first = read(library, interchange, message)
        document = first.document
        cuts = written(program, message, document)
        (between, again), *_ = messages(enclosed(interchange, message, cuts))
        _, second = read(library, between, again)
        assert not second.unmapped
        assert whole(second.document) == whole(document)
        assert written(program, again, second.document) == cuts


def whole(document):
    """Without what stands for the map or is counted: unmapped, and totals.lines where no CTT was sent."""
    kept = {name: value for name, value in document.items() if name not in ("unmapped", "totals")}
    return kept | {name: value for name, value in document.get("totals", {}).items() if name != "lines"}


def written(program, message, document):
    fields = {name: value for name, value in document.items() if name != "unmapped"}
    return program.write(fields, delimiters=message.notation.delimiters, charset=message.notation.charset, association=message.association)


def enclosed(interchange, message, cuts):
    out = OutMessage(message.type, message.release, "0001" if interchange.syntax == "x12" else "1", cuts, message.association)
    groups = [OutGroup("PO", "ACME", "OURCOMPANY", "1", message.release, [out])] if interchange.syntax == "x12" else []
    return parsers.write(
        OutInterchange(
            interchange.syntax,
            interchange.version,
            interchange.sender,
            interchange.receiver,
            "000000001",
            datetime(2026, 11, 20, 15, 30, tzinfo=UTC),
            False,
            interchange.notation.delimiters,
            interchange.notation.charset,
            groups,
            [] if groups else [out],
        )
    )


def test_a_segment_without_a_place_is_not_lost(library):
    """Marked, behind what no binding took; written back it stands nowhere."""
    data = x12("BEG*00*SA*A**20261120", "XYZ*RUSH*7>8", "LDT*AF*10*DA*20261201*9", "PO1*1*5*EA", "CTT*1")
    ((_, message),) = messages(data)
    program = library.program("x12/850", standards.find("x12", "850", "004010"))
    walked = walk.walk(message, program.standard)
    found = program.read(walked.root, message, walked.unplaced)
    assert found.document["unmapped"][-3:] == [
        {"segment": "XYZ", "element": "1", "value": "RUSH", "position": 3, "unplaced": True},
        {"segment": "XYZ", "element": "2.1", "value": "7", "position": 3, "unplaced": True},
        {"segment": "XYZ", "element": "2.2", "value": "8", "position": 3, "unplaced": True},
    ]
    assert [cut[0] for cut in program.write(found.document, delimiters=X12_DELIMITERS, charset="ascii")] == ["BEG", "LDT", "PO1", "CTT"]


def test_what_has_no_place_is_not_taken_for_what_is_kept():
    """``others: keep`` brings back what it kept, and not what stood in no place."""
    own = ("keep.yaml", b"map: own/850\nextends: x12/850\nchange:\n  REF: {others: keep}\n")
    program = mappings.Library({"own/850": own}).program("own/850", standards.find("x12", "850", "004010"))
    ((_, message),) = messages(x12("BEG*00*SA*A**20261120", "REF*ZZ*KEPT", "PO1*1*5*EA", "CTT*1", "REF*ZZ*LATE"))
    walked = walk.walk(message, program.standard)
    found = program.read(walked.root, message, walked.unplaced)
    assert [(one["value"], one.get("unplaced")) for one in found.document["unmapped"]] == [("ZZ", None), ("KEPT", None), ("ZZ", True), ("LATE", True)]
    assert [cut for cut in program.write(found.document, delimiters=X12_DELIMITERS, charset="ascii") if cut[0] == "REF"] == [["REF", "ZZ", "KEPT"]]


def test_a_message_that_is_all_wrong_does_not_fill_its_document(library):
    ((_, message),) = messages(x12("BEG*00*SA*A**20261120", *(500 * ["XYZ*A*B*C"]), "PO1*1*5*EA"))
    program = library.program("x12/850", standards.find("x12", "850", "004010"))
    walked = walk.walk(message, program.standard)
    found = program.read(walked.root, message, walked.unplaced)
    assert len(found.unmapped) == 1002  # the segment that goes beyond 1000 is whole
    assert [(one.code, one.at.segment) for one in found.faults] == [(FaultCode.LIMIT_EXCEEDED, 336)]  # 2 before it, and the 334th


@pytest.mark.parametrize(("type", "first"), [("850", "BEG*00*SA*A**941120"), ("855", "BAK*00*AC*A*941120")])
def test_a_note_of_the_heading_and_a_text_under_a_number_stand_apart_and_come_back(library, type, first):
    """003040: NTE floats, N9 with MSG is there too; both are texts."""
    program = library.program(f"x12/{type}", standards.find("x12", type, "003040"))
    ack = ["ACK*IA*1*EA"] if type == "855" else []
    lines = [first, "NTE*GEN*CALL FIRST", "N9*L1*7", "MSG*DOCK 7", "PO1*1*1*EA*9", *ack, "NTE*DEL*AND RING", "CTT*1"]
    isa = "ISA*00*          *00*          *ZZ*A              *ZZ*B              *941120*1530*U*00304*000000101*0*P*>"
    text = [isa, "GS*PO*AA*BB*941120*1530*1*X*003040", f"ST*{type}*0001", *lines, f"SE*{len(lines) + 2}*0001", "GE*1*1", "IEA*1*000000101", ""]
    ((_, message),) = messages("~".join(text).encode())
    found = program.read(walk.walk(message, program.standard).root, message)
    assert found.unmapped == []
    note, ring = {"form": "note", "kind": "GEN", "lines": ["CALL FIRST"]}, {"form": "note", "kind": "DEL", "lines": ["AND RING"]}
    assert sorted(found.document["texts"], key=str) == sorted([note, ring, {"kind": "L1", "number": "7", "lines": ["DOCK 7"]}], key=str)
    cuts = program.write(found.document, delimiters=X12_DELIMITERS, charset="ascii")
    written = [cut[:3] for cut in cuts if cut[0] in ("NTE", "N9")]
    assert written == [["NTE", "GEN", "CALL FIRST"], ["NTE", "DEL", "AND RING"], ["N9", "L1", "7"]]
