"""Who has tried to log in to our inbox in vain, by address and by name: after too many they wait.

Connections count, not keys: an agent offers all it has, and only one fits. A connection that
names nobody (a port scan, a load balancer's look) counts for nothing. A name waits only for
addresses from which it has never logged in, and only when it was tried from many: nobody
shall be able to lock a partner out by using its name.

What is remembered is bounded whoever comes: the oldest is forgotten first. An IPv6 network
of 64 bits is one address, for its owner has all of them.
"""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Generic, TypeVar

MOST: Final = 4096  # addresses, names and pairs that are remembered, of each
MANY: Final = 5  # times as many tries for a name as for an address

K = TypeVar("K")


class _Recent(Generic[K]):
    """Failures by key, each counted from its first on for *window* seconds."""

    def __init__(self, window: float, clock: Callable[[], float]) -> None:
        self._window = window
        self._clock = clock
        self._failures: OrderedDict[K, tuple[int, float]] = OrderedDict()

    def add(self, key: K) -> int:
        """One more failure; how many there are now."""
        count, since = self._current(key)
        self._failures[key] = count + 1, since
        if len(self._failures) > MOST:
            self._failures.popitem(last=False)
        return count + 1

    def count(self, key: K) -> int:
        return self._current(key)[0]

    def left(self, key: K) -> float:
        """Seconds until the failures of *key* are forgotten."""
        return self._current(key)[1] + self._window - self._clock()

    def _current(self, key: K) -> tuple[int, float]:
        now = self._clock()
        count, since = self._failures.get(key, (0, now))
        return (count, since) if now - since < self._window else (0, now)

    def forget(self, key: K) -> None:
        self._failures.pop(key, None)

    def __len__(self) -> int:
        return len(self._failures)


class Logins:
    """*tries* failed logins within *window* seconds are allowed from one address, and MANY times as many for one name."""

    def __init__(self, tries: int, window: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._tries = tries
        self._addresses: _Recent[str] = _Recent(window, clock)
        self._names: _Recent[str] = _Recent(window, clock)
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()  # (name, network) that have logged in

    def shut_out(self, address: str) -> float:
        """Seconds for which nobody at *address* may try; 0 when it may."""
        network = network_of(address)
        return self._addresses.left(network) if self._addresses.count(network) >= self._tries else 0.0

    def waits(self, name: str, address: str) -> float:
        """Seconds for which *name* may not be tried from *address*; 0 when it may."""
        if (name, network_of(address)) in self._known or self._names.count(name) < self._tries * MANY:
            return 0.0
        return self._names.left(name)

    def failed(self, address: str, name: str, *, known: bool) -> tuple[bool, bool]:
        """A login failed. Whether that is the one too many for the address, and for the name, if it is a *known* one."""
        of_address = self._addresses.add(network_of(address))
        of_name = self._names.add(name) if known else 0
        return of_address == self._tries, of_name == self._tries * MANY

    def succeeded(self, address: str, name: str) -> None:
        """A login succeeded: what its address has tried in vain before is forgiven, and the pair is remembered."""
        network = network_of(address)
        self._addresses.forget(network)
        self._known[name, network] = None
        self._known.move_to_end((name, network))
        if len(self._known) > MOST:
            self._known.popitem(last=False)

    def remembered(self) -> int:
        """How many addresses, names and pairs are remembered."""
        return len(self._addresses) + len(self._names) + len(self._known)


def network_of(address: str) -> str:
    """What counts as one address: itself, or the 64-bit network of an IPv6 address."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))
    return str(found)
