"""Named leases: one daemon an instance, one node a channel.

A holder renews its lease at a third of its time. When it has died, another must not wait
for the end: the lease says on which machine and as which process it is held, and on the
same machine a process that is gone, or that is another one under the same number, holds
nothing.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, delete, select

from edigw.ledger.upserts import insert_into
from edigw.records import dataclass
from edigw.tables import lease


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a named lease, and until when if it is not renewed."""

    name: str
    owner: str  #: node and boot
    pid: int  #: on its machine
    until: datetime


def take(connection: Connection, name: str, owner: str, ttl: timedelta, now: datetime) -> bool:
    """Hold *name* until *now* + *ttl*, if nobody alive holds it; also renews one that is ours."""
    ours = {"name": name, "holder": owner, "machine": machine(), "until": now + ttl}
    insert = insert_into(lease, connection.dialect.name).values(ours)
    connection.execute(insert.on_conflict_do_nothing())  # and on PostgreSQL waits for another who is doing the same
    found = connection.execute(select(lease).where(lease.c.name == name).with_for_update()).one()
    if found.holder != owner and found.until > now and not has_died(found.machine):
        return False
    connection.execute(lease.update().where(lease.c.name == name).values(ours))
    return True


def give_up(connection: Connection, name: str, owner: str) -> None:
    """Let go of *name* if it is ours."""
    connection.execute(delete(lease).where(lease.c.name == name, lease.c.holder == owner))


def holder(connection: Connection, name: str, now: datetime) -> Holder | None:
    """Who holds *name*: nobody when its lease has ended or its holder has died."""
    found = connection.execute(select(lease).where(lease.c.name == name)).one_or_none()
    if found is None or found.until <= now or has_died(found.machine):
        return None
    return Holder(name, found.holder, int(found.machine.split()[1]), found.until)


def machine() -> str:
    """This process: where process numbers mean the same, its number, and when it was started."""
    return f"{_where()} {os.getpid()} {_started(os.getpid())}"


def has_died(process: str) -> bool:
    """Whether *process*, as ``machine`` named it, was one of this machine and is gone."""
    where, pid, started = process.split()
    return where == _where() and _started(int(pid)) != started


def _where() -> str:
    """A name for what shares our process numbers: this boot of this machine, this container."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{Path('/proc/self/ns/pid').readlink().name}"
    except OSError:
        return f"unknown-{os.getpid()}"  # then only the time tells


def _started(pid: int) -> str:
    """When a process was started, in the kernel's ticks; ``-`` when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "-"
    fields = stat.rpartition(")")[2].split()  # the name before it may hold blanks and brackets
    return "-" if fields[0] in "ZX" else fields[19]
