"""Every collected 856 and DESADV with a valid envelope becomes a despatch advice one can receive goods by.

The measure: a number, a date, a party, lines with quantity and item, and a package that bears
every SSCC of the message. The rest is listed with the reason; the list may only shrink.
"""

import json

import pytest
from collected import FOLDER, needed, paths, sent

from edigw import judge, mappings

KINDS = {"856", "DESADV"}
PARTIES = ("seller", "buyer", "ship_from", "ship_to", "bill_to", "parties")

#: path -> why its despatch advices lack something.
EXPLAINED = {
    "x12/856/x12parser-example2.edi": "BSN02, the shipment's number, is empty: check refuses it, and no document goes without a number",
}

pytestmark = needed


def labels(message):
    """The SSCCs of a message: MAN with GM, GIN with BJ or AW."""
    for cut in message.segments():
        if cut[:2] == ["MAN", "GM"]:
            yield from cut[2:4]
        elif cut[0] == "GIN" and cut[1] in ("BJ", "AW"):
            for element in cut[2:]:
                yield from [element] if isinstance(element, str) else element


def missing(document, message):
    """What a despatch advice lacks of what it should carry, for people."""
    dates = [name for name in document if name in ("issued_at", "shipped_on", "deliver_on", "dates")]
    lines = document.get("lines", [])
    borne = {label for package in document.get("packages", []) for label in package.get("sscc", [])}
    for package in document.get("packages", []):
        borne |= {value for ends in package.get("ranges", []) for value in ends.values()}
    return [
        *([] if document.get("number") else ["number"]),
        *([] if dates else ["dates"]),
        *([] if any(name in document for name in PARTIES) else ["parties"]),
        *([] if lines else ["lines"]),
        *(f"line {line.get('number')}: quantity" for line in lines if not line.get("quantity") and not line.get("quantities")),
        *(f"line {line.get('number')}: item" for line in lines if not line.get("item")),
        *sorted(f"SSCC {label}" for label in set(labels(message)) - borne - {""}),
    ]


@pytest.fixture(scope="module")
def library():
    return mappings.Library({})


@pytest.mark.parametrize("path", paths(KINDS))
def test_a_despatch_advice_one_can_receive_by(path, library):
    data = (FOLDER / path).read_bytes()
    judged = judge.file(data, path, "", None, library)
    read = [one for found in judged.found for one in found.judged.messages if one.type in KINDS]
    messages = [one for _, one in sent(path, KINDS)]
    assert messages
    assert len(read) == len(messages)
    found = [
        missing(json.loads(one.document), message) if one.document else ["document"] for one, message in zip(read, messages, strict=True)
    ]
    if path in EXPLAINED:
        assert any(found), "it is whole now; take it out of EXPLAINED"
    else:
        assert found == [[] for _ in messages]
