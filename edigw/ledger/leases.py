"""Named leases: one daemon of a node, one node a channel.

A holder renews its lease at a third of its time. When it has died, another must not wait
for the end: the lease says on which machine and as which process it is held, and on the
same machine a process that is gone, or that is another one under the same number, holds
nothing.

A *fence* counts the holders of a name. Whoever got a lease writes under its number: one who
hung so long that another held it meanwhile finds a higher one, and has done nothing.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from edigw.ledger.queries import begins
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
    alive: bool = True  #: False: its lease has ended, or its process is gone, without a word

    @property
    def node(self) -> str:
        return self.owner.rpartition("/")[0]


def take(connection: Connection, name: str, owner: str, ttl: timedelta, now: datetime) -> int:
    """Hold *name* until *now* + *ttl*, if nobody alive holds it; also renews one that is ours. Its fence, 0 if it is another's."""
    ours = {"name": name, "holder": owner, "machine": machine(), "until": now + ttl}
    insert = insert_into(lease, connection.dialect.name).values(ours)
    connection.execute(insert.on_conflict_do_nothing())  # and on PostgreSQL waits for another who is doing the same
    found = connection.execute(select(lease).where(lease.c.name == name).with_for_update()).one()
    if found.holder not in ("", owner) and found.until > now and not has_died(found.machine):
        return 0
    fence: int = found.fence + (found.holder != owner)
    connection.execute(lease.update().where(lease.c.name == name).values(ours | {"fence": fence}))
    return fence


def stands(connection: Connection, name: str, owner: str, fence: int) -> bool:
    """Whether *owner* holds *name* under this *fence*; nobody can take it before the caller's transaction ends."""
    mine = (lease.c.name == name, lease.c.holder == owner, lease.c.fence == fence)
    return connection.execute(select(lease.c.name).where(*mine).with_for_update()).one_or_none() is not None


def hold_on(connection: Connection, prefix: str, owner: str, until: datetime) -> dict[str, int]:
    """Renew every lease of *owner* whose name begins with *prefix*; the fences by name."""
    ours = lease.update().where(begins(lease.c.name, prefix), lease.c.holder == owner).values(until=until)
    return {row.name: row.fence for row in connection.execute(ours.returning(lease.c.name, lease.c.fence))}


def give_up(connection: Connection, names: Collection[str], owner: str = "") -> None:
    """Let go of *names* as far as they are *owner*'s, or whosever they are. The rows stay for their fences."""
    if names:
        whose = [lease.c.holder == owner] if owner else []
        connection.execute(lease.update().where(lease.c.name.in_(names), *whose).values(holder=""))


def holder(connection: Connection, name: str, now: datetime) -> Holder | None:
    """Who holds *name*: nobody when its lease has ended or its holder has died."""
    found = connection.execute(select(lease).where(lease.c.name == name)).one_or_none()
    made = _holder(found, now) if found is not None and found.holder else None
    return made if made is not None and made.alive else None


def holders(connection: Connection, prefix: str, now: datetime) -> list[Holder]:
    """Every holder of a name that begins with *prefix*, by name; also those that are not alive, unless they gave it up."""
    found = connection.execute(select(lease).where(begins(lease.c.name, prefix), lease.c.holder != "").order_by(lease.c.name))
    return [_holder(row, now) for row in found]


def _holder(found: Any, now: datetime) -> Holder:
    alive = found.until > now and not has_died(found.machine)
    return Holder(found.name, found.holder, int(found.machine.split()[1]), found.until, alive)


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
