"""What files become in the ledger: answers, numbers, documents, duplicates, what is held."""

from __future__ import annotations

import json
import random
import zlib
from dataclasses import asdict, replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from edigw import judge
from edigw.agreements import NUMBER_REUSED, RELEASE_NOT_AGREED, UNKNOWN_SENDER
from edigw.archive import LARGEST_BODY
from edigw.errors import Superseded
from edigw.inbound.again import record_message
from edigw.inbound.record import prepare, record_files
from edigw.inbound.spans import found_of, record_released, record_span
from edigw.pool import Poison
from edigw.states import DeliveryState, FileState, InterchangeIn, Kind, MessageIn


def states(flow, kind):
    return [row.state for row in flow.ledger.rows(kind)]


def answers(flow):
    return [row for row in flow.ledger.rows(Kind.DELIVERY) if row.what == "ack"]


def documents(flow):
    return [row for row in flow.ledger.rows(Kind.DELIVERY) if row.what == "document"]


def test_a_good_order_is_answered_and_due(flow, make_order):
    (done,) = flow.record(make_order("PO-1", 7))
    assert (done.messages, done.documents, done.rejected, done.answers) == (1, 1, 0, ["997-000000001.edi"])
    assert states(flow, Kind.FILE) == [FileState.SPLIT]
    assert states(flow, Kind.INTERCHANGE) == [InterchangeIn.ANSWERED]
    assert states(flow, Kind.MESSAGE) == [MessageIn.MAPPED]
    (document,) = documents(flow)
    assert (document.lane, document.webhook_id, document.headers["edigw-key"]) == ("erp", "edigw:hub:M1", "PO-1")
    (answer,) = answers(flow)
    assert b"~AK1*PO*7~AK2*850*0001~AK5*A~AK9*A*1*1*1~" in flow.ledger.payload(answer.payload)


def test_an_order_too_long_for_the_ledger_is_due_all_the_same(flow, make_order):
    """14,000 lines that hardly compress: the document stands in the archive."""
    numbers = random.Random(11)
    lines = b"".join(b"PO1*%d*10*EA*9.25**VN*%030X~" % (line, numbers.getrandbits(120)) for line in range(2, 14_001))
    data = make_order("PO-1", 7).replace(b"CTT*1~SE*6*", lines + b"CTT*14000~SE*14005*")
    (done,) = flow.record(data)
    assert (done.documents, done.held) == (1, [])
    (document,) = documents(flow)
    body = flow.ledger.payload(document.payload)
    assert len(zlib.compress(body, 1)) > LARGEST_BODY
    assert len(json.loads(body)["lines"]) == 14_000


def test_a_rejected_order_is_answered_and_goes_nowhere(flow, make_order):
    (done,) = flow.record(make_order("", 7, beg="BEG*00*SA***20261120"))
    assert (done.rejected, done.documents) == (1, 0)
    assert states(flow, Kind.MESSAGE) == [MessageIn.REJECTED]
    assert documents(flow) == []
    # BEG is the second segment; BEG03 is data element 324 and mandatory: AK304 8, AK403 1.
    assert b"~AK3*BEG*2**8~AK4*3*324*1~AK5*R*5~AK9*R*1*1*0~" in flow.ledger.payload(answers(flow)[0].payload)


def test_a_wrong_trailer_refuses_messages_that_were_good(flow, make_order):
    (done,) = flow.record(make_order("PO-1", 7, iea="000000008"))
    assert (done.rejected, done.documents) == (1, 0)
    (interchange,) = flow.ledger.rows(Kind.INTERCHANGE)
    assert interchange.state is InterchangeIn.ANSWERED
    assert [event.state for event in flow.ledger.history(Kind.INTERCHANGE, 1)] == ["received", "refused", "answered"]
    assert any(b"~TA1*000000007*261120*1530*R*001~" in flow.ledger.payload(row.payload) for row in answers(flow))


def test_test_and_production_files_of_a_partner_are_answered_under_names_of_their_own(flow, make_order):
    """The usual beginning of a partnership: a test interchange, then the first real one. Both answers go into one folder."""
    flow.record(make_order("PO-1", 1).replace(b"*0*P*>", b"*0*T*>"))
    flow.record(make_order("PO-2", 2))
    assert [row.name for row in answers(flow)] == ["997-000000001.edi", "997-000000002.edi"]


def test_control_numbers_follow_each_other_in_a_batch_and_over_batches(flow, make_order):
    flow.record(*(make_order(f"PO-{at}", at) for at in range(1, 4)))
    flow.record(make_order("PO-9", 9))
    assert [row.name for row in answers(flow)] == [f"997-{number:09d}.edi" for number in (1, 2, 3, 4)]


def test_the_same_bytes_again_in_one_batch_and_later(flow, make_order):
    data = make_order("PO-1", 7)
    first, second = flow.record(data, data + b"\r\n")  # line ends behind the last terminator are padding
    assert (first.documents, second.documents, second.duplicates) == (1, 0, [(2, 1)])
    assert len(documents(flow)) == 1
    assert len(answers(flow)) == 1  # it was answered within the hour
    flow.now += timedelta(minutes=61)
    flow.record(data)
    first_answer, again = answers(flow)
    assert (again.payload, again.name, again.replay_of) == (first_answer.payload, first_answer.name, first_answer.id)


def test_what_was_rejected_is_judged_anew_when_it_comes_again(flow, make_order):
    data = make_order("", 7, beg="BEG*00*SA***20261120")
    flow.record(data)
    (done,) = flow.record(data)
    assert (done.duplicates, done.rejected) == ([], 1)
    assert [row.repeat_of for row in flow.ledger.rows(Kind.INTERCHANGE)] == [None, 1]
    assert [row.name for row in answers(flow)] == ["997-000000001.edi", "997-000000002.edi"]


def test_a_used_control_number_with_other_bytes_is_held(flow, make_order):
    first, second = flow.record(make_order("PO-1", 7), make_order("PO-2", 7))
    assert first.documents == 1
    ((label, code, reason),) = second.held
    assert (label, code) == ("I2", NUMBER_REUSED)
    assert "I1" in reason
    assert len(answers(flow)) == 1


def test_an_unknown_sender_is_held_and_not_answered(flow, make_order):
    (done,) = flow.record(make_order("PO-1", 7, sender="STRANGER"))
    assert done.held[0][1] == UNKNOWN_SENDER
    assert states(flow, Kind.INTERCHANGE) == [InterchangeIn.HELD]
    assert answers(flow) == []


def test_a_release_that_was_not_agreed_holds_the_interchange(flow, make_order):
    (done,) = flow.record(make_order("PO-1", 7, release="005010"))
    assert done.held[0][1] == RELEASE_NOT_AGREED
    assert flow.ledger.rows(Kind.MESSAGE) == []


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        pytest.param(b"%PDF-1.7 not an order", "EDIGW-FILE-E001", "no ISA, UNA or UNB", id="a PDF"),
        pytest.param(b"", "EDIGW-FILE-E003", "the file is empty", id="nothing"),
    ],
)
def test_bytes_that_are_no_interchange_are_quarantined(flow, data, code, reason):
    (done,) = flow.record(data)
    assert done.quarantined == (code, reason)
    assert states(flow, Kind.FILE) == [FileState.QUARANTINED]


def test_a_released_interchange_is_judged_by_today(flow, make_order):
    flow.record(make_order("PO-1", 7), make_order("PO-2", 7))
    (held,) = flow.ledger.rows(Kind.INTERCHANGE, state=InterchangeIn.HELD)
    flow.ledger.run(lambda tx: tx.move(Kind.INTERCHANGE, [held], InterchangeIn.HELD, InterchangeIn.RECEIVED, "released"))
    (row,) = flow.ledger.claim(Kind.INTERCHANGE, InterchangeIn.RECEIVED, limit=9, lease=timedelta(minutes=5))
    (found,) = flow.judged(make_order("PO-2", 7)).found
    done = flow.ledger.run(lambda tx: record_released(tx, row, found, flow.setting))
    assert (done.documents, done.held) == (1, [])
    assert [row.name for row in answers(flow)] == ["997-000000001.edi", "997-000000002.edi"]


def test_messages_of_a_long_interchange_are_due_only_when_it_is_closed(flow, make_order):
    data = many(make_order, 5)
    (done,) = flow.record(data, limit=2)
    assert done.unfinished
    assert states(flow, Kind.MESSAGE) == [MessageIn.RECEIVED] * 2
    assert flow.ledger.rows(Kind.DELIVERY) == []
    for _ in range(5):
        row = flow.ledger.get(Kind.INTERCHANGE, 1)
        judged = further(flow, data, row)
        done = flow.ledger.run(lambda tx, row=row, judged=judged: record_span(tx, row, found_of(row), judged, flow.setting))
        if not done.unfinished:
            break
    assert states(flow, Kind.MESSAGE) == [MessageIn.MAPPED] * 5
    assert len(documents(flow)) == 5
    assert len(answers(flow)) == 1


def test_an_envelope_that_kills_its_judge_is_held(flow, make_order):
    flow.record(many(make_order, 3), limit=1)
    row = flow.ledger.get(Kind.INTERCHANGE, 1)
    flow.ledger.run(lambda tx: record_span(tx, row, found_of(row), Poison("the worker died"), flow.setting))
    assert states(flow, Kind.INTERCHANGE) == [InterchangeIn.HELD]


def test_recording_costs_the_same_statements_for_one_file_and_for_forty(flow, make_order, database_url):
    counts = []
    engine = flow.ledger._database.writing

    def saw(*_):
        counts[-1] += 1

    event.listen(engine, "before_cursor_execute", saw)
    for start, count in ((100, 1), (200, 1), (300, 40)):
        counts.append(0)
        flow.record(*(make_order(f"PO-{start + at}", start + at) for at in range(count)))
    assert counts[1] == counts[2]


def test_a_due_delivery_of_an_order_waits_for_the_one_before(flow, make_order):
    flow.record(make_order("PO-1", 7), make_order("PO-1", 8))
    claimed = flow.ledger.claim(
        Kind.DELIVERY, DeliveryState.DUE, to=DeliveryState.UNDER_WAY, limit=9, lease=timedelta(minutes=5), lane="erp"
    )
    assert [row.message for row in claimed] == [1]


def many(make_order, count: int) -> bytes:
    """One interchange of *count* orders."""
    segments = make_order("PO-1", 7).decode().split("~")[:-1]
    body = segments[2:8]
    sets = []
    for at in range(1, count + 1):
        number = f"{at:04d}"
        sets += [part.replace("0001", number) if part[:2] in ("ST", "SE") else part.replace("PO-1", f"PO-{at}") for part in body]
    trailer = [f"GE*{count}*7", segments[-1]]
    return "~".join([*segments[:2], *sets, *trailer]).encode() + b"~"


def further(flow, data, row):
    book, library = flow.configuration.book, flow.configuration.library
    return judge.span(data, found_of(row), book, library, name="in.edi", offset=row.cursor, resume=row.resume, limit=2)


@pytest.mark.parametrize("count", [1, 3])
def test_a_row_that_another_took_on_is_left_alone(flow, make_order, count):
    payloads = [make_order(f"PO-{at}", at) for at in range(1, count + 1)]
    rows = flow.arrive(*payloads)
    flow.ledger.release(Kind.FILE, rows[-1:])
    flow.ledger.claim(Kind.FILE, FileState.ARCHIVED, limit=1, lease=timedelta(minutes=5))  # attempt 2 is another's
    judged = [flow.judged(data) for data in payloads]
    batch = [(row, each, prepare(each, flow.setting)) for row, each in zip(rows, judged, strict=True)]
    with pytest.raises(Superseded):
        flow.ledger.run(lambda tx: record_files(tx, batch, flow.setting))
    assert flow.ledger.rows(Kind.INTERCHANGE) == []


def test_a_message_judged_again_is_known_once_and_says_what_todays_map_says(flow, make_order):
    """Held for its number with other contents, answered; the map of then noted something, the one of today something else."""
    flow.record(make_order("PO-1", 7))
    data = make_order("PO-1", 8, beg="BEG*00*SA*PO-1*R-2*20261120")
    flow.record(data)
    (held,) = flow.ledger.rows(Kind.MESSAGE, state=MessageIn.HELD)
    known = flow.ledger.known_by(held.id)
    assert ("number", "PO-1") in known
    (found,) = flow.judged(data).found
    (one,) = found.judged.messages

    def said(code):
        return judge.FaultRow(code, "note", "business", 0, "BEG", 2, 0, 0, 0, "", "", "", "")

    before = [asdict(said("EDIGW-CHECK-E023")), asdict(said("EDIGW-MAP-E103"))]
    flow.ledger.run(lambda tx: tx.move(Kind.MESSAGE, [held], MessageIn.HELD, MessageIn.RECEIVED, "released", faults=before))
    (row,) = flow.ledger.claim(Kind.MESSAGE, MessageIn.RECEIVED, limit=9, lease=timedelta(minutes=5))
    today = replace(one, faults=(said("EDIGW-MAP-E104"),))
    flow.ledger.run(lambda tx: record_message(tx, row, today, found, flow.setting))
    assert flow.ledger.known_by(held.id) == known
    (after,) = flow.ledger.rows(Kind.MESSAGE, id=[held.id])
    assert [fault["code"] for fault in after.facts["faults"]] == ["EDIGW-CHECK-E023", "EDIGW-MAP-E104"]
