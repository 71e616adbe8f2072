"""Locks on what is not a row yet: two nodes that would both find nothing must not both go on.

PostgreSQL's advisory locks, by a hash of the key, until the transaction ends. They live in a
table of fixed size, so a step that names very many keys takes one lock for all of them, which
everybody else takes shared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Set
from typing import Final

from sqlalchemy import ARRAY, BigInteger, Connection, bindparam, text

MOST: Final = 200  # keys of a step, and some steps share a transaction; PostgreSQL's table has room for 6,400 by default
_ALL: Final = 0x6564696778  # the lock that stands for every key

_SHARED: Final = text("SELECT pg_advisory_xact_lock_shared(:all)")
_WHOLE: Final = text("SELECT pg_advisory_xact_lock(:all)")
_EACH: Final = text("SELECT pg_advisory_xact_lock(one) FROM unnest(:keys) AS one").bindparams(bindparam("keys", type_=ARRAY(BigInteger)))
_ALL_IF_FREE: Final = text("SELECT pg_try_advisory_xact_lock_shared(:all)")
_THOSE_FREE: Final = text("SELECT one FROM unnest(:keys) AS one WHERE pg_try_advisory_xact_lock(one)").bindparams(
    bindparam("keys", type_=ARRAY(BigInteger))
)


def take(connection: Connection, keys: Set[str]) -> Set[str]:
    """Wait until no other transaction holds one of *keys*, and hold them; returns *keys*."""
    if not keys:
        return keys
    if len(keys) > MOST:
        connection.execute(_WHOLE, {"all": _ALL})
        return keys
    connection.execute(_SHARED, {"all": _ALL})
    # In one order, so that two who wait do not wait for each other.
    connection.execute(_EACH, {"keys": sorted(_number(key) for key in keys)})
    return keys


def take_free(connection: Connection, keys: Set[str]) -> Set[str]:
    """Hold those of *keys* that no other transaction holds, and return them; waits for nobody."""
    if not keys or not connection.execute(_ALL_IF_FREE, {"all": _ALL}).scalar_one():
        return frozenset()
    numbers = {_number(key): key for key in keys}
    return {numbers[one] for one in connection.execute(_THOSE_FREE, {"keys": sorted(numbers)}).scalars()}


def _number(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True)
