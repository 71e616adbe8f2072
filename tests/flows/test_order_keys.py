"""What counts as one order: its documents reach the back office one after the other."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from edigw import operate
from edigw.errors import Superseded
from edigw.ledger import Ledger
from edigw.states import DeliveryState, FileState, Kind

SAMPLES = Path(__file__).parents[2] / "samples"
SUPPLIER = """partner: acme
name: Summit
x12: [{{qualifier: ZZ, id: SUMMITCOOK}}]
edifact: [{{qualifier: "14", id: "4006381000000"}}]
channels: {{in: acme-in, out: acme-out}}
policies: {{order: {order}}}
receive:
  - {{message: "855", map: x12/855, deliver: erp, acknowledge: {{with: "997"}}}}
  - {{message: ORDRSP, map: edifact/ORDRSP, deliver: erp, acknowledge: {{with: contrl}}}}
"""


def keys(make_flow, files, order="by-key"):
    """The order keys of what these files hold, as they are recorded."""
    flow = make_flow(SUPPLIER.format(order=order))
    flow.record(*files)
    return [(row.type, row.key, row.order_key) for row in flow.ledger.rows(Kind.MESSAGE)]


@pytest.fixture
def responses():
    """An 855, and two ORDRSP of one order that bear numbers of their own."""
    x12, edifact = ((SAMPLES / name / "in.edi").read_bytes() for name in ("order-response-x12-855", "order-response-edifact"))
    another = edifact.replace(b"AB-4001", b"AB-4002").replace(b"KU0000301", b"KU0000302")
    assert another != edifact
    return x12, edifact, another


def test_responses_to_one_order_have_its_key_whatever_their_numbers(make_flow, responses):
    assert keys(make_flow, responses) == [
        ("855", "PO-5001", "acme/order/PO-5001"),
        ("ORDRSP", "AB-4001", "acme/order/BE-6001"),
        ("ORDRSP", "AB-4002", "acme/order/BE-6001"),
    ]


def test_a_response_that_names_no_order_goes_by_its_own_number(make_flow, responses):
    (found,) = keys(make_flow, [responses[1].replace(b"RFF+ON:BE-6001'", b"RFF+CT:BE-6001'")])
    assert found == ("ORDRSP", "AB-4001", "acme/order/AB-4001")


def test_where_the_order_does_not_matter_nothing_waits(make_flow, responses):
    assert {key for _, _, key in keys(make_flow, responses, order="none")} == {""}


def test_a_file_that_nobody_can_judge_is_held_by_a_person_and_then_hinders_nobody(flow, make_order, database_url, tmp_path):
    """Its bytes cannot be read, say: it stays archived, and what came behind it waits."""
    (stuck,) = flow.arrive(make_order("PO-1", 1))
    flow.record(make_order("PO-2", 2))
    by = operate.Order("ada", "its disk is being mended")

    def due():
        rows = flow.ledger.claim(Kind.DELIVERY, DeliveryState.DUE, to=DeliveryState.UNDER_WAY, limit=9, lease=timedelta(minutes=1), lane="erp")
        return [row.order_key for row in rows]

    assert due() == []
    with Ledger.open(database_url, node="hub", root=tmp_path, person="ada") as theirs:
        with pytest.raises(Superseded, match="worked on"):
            operate.hold(theirs, Kind.FILE, stuck.id, by)
        flow.ledger.release(Kind.FILE, [stuck])
        (done,) = operate.hold(theirs, Kind.FILE, stuck.id, by)
        assert "nothing waits for it" in done.text
        assert due() == ["acme/order/PO-2"]
        operate.release(theirs, Kind.FILE, stuck.id, by)
    assert flow.ledger.get(Kind.FILE, stuck.id).state is FileState.ARCHIVED
    assert flow.ledger.invariants() == []
