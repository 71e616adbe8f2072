"""A partner's rhythm: its deadlines on its own clock, also where that changes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from edigw.expects import parse

CHICAGO = "Mon-Fri 1+ by 10:00 America/Chicago"


@pytest.mark.parametrize(
    ("text", "now", "before", "deadline"),
    [
        # 2026-11-20 is a Friday; Chicago is at -6 hours then, at -5 in summer time (until 2026-11-01)
        pytest.param(CHICAGO, "2026-11-20T16:00", "2026-11-19T16:00", "2026-11-20T16:00", id="at the deadline"),
        pytest.param(CHICAGO, "2026-11-20T15:59", "2026-11-18T16:00", "2026-11-19T16:00", id="a minute before"),
        pytest.param(CHICAGO, "2026-11-22T20:00", "2026-11-19T16:00", "2026-11-20T16:00", id="a Sunday asks for nothing of its own"),
        pytest.param(CHICAGO, "2026-11-23T17:00", "2026-11-20T16:00", "2026-11-23T16:00", id="what came over the weekend counts for Monday"),
        pytest.param(CHICAGO, "2026-11-02T17:00", "2026-10-30T15:00", "2026-11-02T16:00", id="the clocks went back between"),
        pytest.param("daily 3+ by 18:00", "2026-11-22T18:01", "2026-11-21T18:00", "2026-11-22T18:00", id="daily, UTC"),
        pytest.param("Sun 1+ by 00:00 Europe/Berlin", "2026-11-21T23:30", "2026-11-14T23:00", "2026-11-21T23:00", id="once a week"),
        pytest.param("Sat-Mon,Wed 2+ by 06:00 UTC", "2026-11-25T07:00", "2026-11-23T06:00", "2026-11-25T06:00", id="days around the end of a week"),
    ],
)
def test_deadlines(text, now, before, deadline):
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert [one.isoformat()[:16] for one in parse("850", text).window(at)] == [before, deadline]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a rhythm reads Mon-Fri 1+ by 10:00 America/Chicago, or daily 3+ by 18:00 (UTC)"),
        ("Mon-Fri 0+ by 10:00", "a rhythm reads"),
        ("Mon-Fri 1 by 10:00", "a rhythm reads"),
        ("Mo-Fr 1+ by 10:00", "'Mo-Fr' is no day: Mon Tue Wed Thu Fri Sat Sun, Mon-Fri, Mon,Wed, daily"),
        ("Mon 1+ by 24:00", "24:00 is no time of day"),
        ("Mon 1+ by 10:00 Chicago", "there is no time zone 'Chicago'; they read America/Chicago"),
        ("Mon 1+ by 10:00 ../../etc/passwd", "there is no time zone"),
    ],
)
def test_what_is_no_rhythm(text, said):
    with pytest.raises(ValueError, match=r".") as trouble:
        parse("850", text)
    assert str(trouble.value).startswith(said)
