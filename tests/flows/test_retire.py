"""A folder in which nothing can be retired: what is archived is judged all the same, once, and retired when it can be."""

from __future__ import annotations

import asyncio

from edigw.archive import Archive
from edigw.inbound import Inlet
from edigw.inbound.arrivals import Arrivals
from edigw.states import Kind
from edigw.transports.folder import TAKEN, Folder


def test_what_cannot_be_retired_is_handed_on(flow, make_order, tmp_path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / TAKEN).write_text("somebody put a file where our folder belongs")
    (inbox / "po.edi").write_bytes(make_order("PO-1", 7))
    inlet = Inlet("acme-in", Folder(inbox, settle=0, stale=0), 1.0)
    processed = []

    async def process(arrived):
        processed.extend(one.row.path for one in arrived)

    async def look(hinted: bool) -> None:
        tasks = []
        arrivals = Arrivals(
            flow.ledger, Archive(tmp_path / "archive"), {"acme-in": inlet}, partner_of=lambda _: "acme", process=process,
            spawn=lambda work: tasks.append(asyncio.ensure_future(work)), largest=1 << 20,
        )  # fmt: skip
        if hinted:
            arrivals.hint("acme-in", "po.edi", "moved")
            while not tasks:
                await asyncio.sleep(0.001)
        else:
            await arrivals.scan("acme-in")
        while any(not task.done() for task in tasks):
            await asyncio.gather(*tasks)

    asyncio.run(look(hinted=True))
    assert processed == ["po.edi"]
    assert inlet.unavailable
    assert (inbox / "po.edi").exists()
    (inbox / TAKEN).unlink()
    asyncio.run(look(hinted=False))
    assert processed == ["po.edi"]
    (row,) = flow.ledger.rows(Kind.FILE)
    assert row.retired_at is not None
    assert not (inbox / "po.edi").exists()


def test_a_channel_that_is_another_nodes_is_left_alone(flow, make_order, tmp_path):
    """Also by one that read a file, hung, and archives it only now."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "po.edi").write_bytes(make_order("PO-1", 7))
    inlet = Inlet("acme-in", Folder(inbox, settle=0, stale=0), 1.0)

    async def nothing(arrived):
        raise AssertionError(f"processed {arrived}")

    async def scan() -> None:
        arrivals = Arrivals(
            flow.ledger, Archive(tmp_path / "archive"), {"acme-in": inlet}, partner_of=lambda _: "acme", process=nothing, spawn=asyncio.ensure_future,
            largest=1 << 20, shared=True,
        )  # fmt: skip
        await arrivals.scan("acme-in")
        arrivals.hold({"acme-in": 41}, 0.0)  # held, but too long ago to be sure of it
        await arrivals.scan("acme-in")
        arrivals.hold({"acme-in": 41}, float("inf"))  # it believes so; the ledger knows better
        await arrivals.scan("acme-in")
        assert inlet.fence == 0

    asyncio.run(scan())
    assert flow.ledger.rows(Kind.FILE) == []
    assert (inbox / "po.edi").exists()
