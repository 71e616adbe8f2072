"""The base maps: what a segment becomes, in every release, and back."""

import json
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest

from edigw import documents, mappings, parsers, standards, yamlfile
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
        pytest.param(["PO1*7*5*EA", "SCH*2*EA***002*20261127"], "schedule", [{"quantity": "2", "unit": "EA", "kind": "002", "on": "2026-11-27"}], id="schedule"),
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
    ],
)  # fmt: skip
def test_orders_heading(library, sent, member, value):
    assert order(library, edifact(*sent, "UNS+S"))[member] == value


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
    ],
)  # fmt: skip
@pytest.mark.parametrize("release", ["D:96A:UN:EAN008", "D:01B:UN:EAN010"])
def test_orders_line(library, release, sent, member, value):
    assert order(library, edifact(*sent, "UNS+S", release=release))["lines"][0][member] == value


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


GOOD = sorted(folder.name for folder in SAMPLES.iterdir() if (folder / "document.json").is_file())
#: A mandatory value is not there to be written.
BROKEN = {
    "despatch-edifact-word-for-number",
    "despatch-x12-856-no-order-number",
    "invoice-edifact-impossible-date",
    "invoice-x12-810-point-in-a-total",
    "order-response-x12-855-no-status",
    "orders-edifact-bad-quantity",
    "orders-edifact-missing-date",
    "orders-x12-850-impossible-date",
}


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
