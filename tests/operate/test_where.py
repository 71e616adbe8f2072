"""The expression behind ``--where``: what it means, and what is said about one that means nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from edigw.ledger.row import Row
from edigw.states import DeliveryState, Kind
from edigw.where import WhereError, parse

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ROW = Row(
    Kind.DELIVERY,
    {
        "id": 5, "state": "given_up", "partner": "acme", "lane": "erp", "what": "document", "message": 31, "held": "", "interchange": None,
        "last_error": "503 Service Unavailable; given up after 9 tries", "name": "", "created_at": NOW - timedelta(hours=3),
        "changed_at": NOW - timedelta(hours=1), "due_at": NOW,
    },
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("state=given_up", True),
        ("state=given-up", True),
        ("state=due,given_up and to=erp", True),
        ("state!=given_up", False),
        ("to=er*", True),
        ("to=er", False),
        ("why~'service unavailable'", True),
        ('why ~ "service" and partner = acme AND kind=delivery', True),
        ("why~404", False),
        ("id=d5", True),
        ("message=M31", True),
        ("number=''", True),
        ("code=EDIGW-DELIVERY-E005", True),
        ("age>30m", True),
        ("age>2h", False),
        ("age<2h and made<2026-11-20T09:30", True),
        ("made>2026-11-20T10:00:00+00:00", False),
    ],
)
def test_what_it_means(text, holds):
    assert ROW.state is DeliveryState.GIVEN_UP
    assert parse(text).holds(ROW, NOW) is holds


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "column 1: a term reads word=value, and here stands 'nothing'"),
        ("state", "column 1: a term reads word=value, and here stands 'state'"),
        ("stat=held", "column 1: there is no stat; did you mean state?"),
        ("state=held or to=erp", "column 11: 'and' belongs before 'or to=erp'; a value with blanks stands in quotes"),
        ("state=held and ", "column 16: a term reads word=value, and here stands 'nothing'"),
        ("state=", "column 7: state= lacks a value"),
        ("to=erp and state=a,", "column 20: state= lacks a value"),
        ("state>held", "column 1: state is compared with = != or ~; < and > belong to made, due, age"),
        ("age=2h", "column 1: age is compared with < or > and one value"),
        ("age>2 ", "column 1: '2' is no age: 90s, 15m, 2h, 3d, 1w"),
        ("made>yesterday", "column 1: 'yesterday' is no time: 2026-11-20, 2026-11-20T15:30"),
        ("to=erp and " * 20 + "to=erp", "column 216: more than 20 terms"),
        ("why~" + "x" * 3000, "column 2000: longer than 2000 characters"),
    ],
)
def test_what_means_nothing(text, said):
    with pytest.raises(WhereError) as trouble:
        parse(text)
    assert str(trouble.value) == f"--where, {said}"
