"""The ledger: queue, journal and truth, on SQLite or PostgreSQL."""

from edigw.ledger.book import Ledger
from edigw.ledger.claims import NODE
from edigw.ledger.events import Event
from edigw.ledger.leases import Holder
from edigw.ledger.row import Row
from edigw.ledger.transaction import Tx
from edigw.ledger.turns import arrival, locked, waits_for

__all__ = ["NODE", "Event", "Holder", "Ledger", "Row", "Tx", "arrival", "locked", "waits_for"]
