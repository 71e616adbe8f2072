"""Movers of bytes: what a channel is, in the words its users share.

A transport knows no EDI and no ledger. It lists what a partner has finished writing,
hands over the bytes, removes what has been archived, and puts what must leave. Whether
the end of a file looks complete is asked of a pure function that the caller brings.

Every transport says what may be done when nobody knows whether a sending got through
(``repeat``), because only it knows what the other side can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import Final, Literal, Protocol

from edigw.errors import EdigwError
from edigw.records import dataclass

#: What a repeat of a sending with unknown outcome needs: nothing (the receiver knows the
#: id), a look at what stands there, or a person.
Repeat = Literal["safe", "probe", "ask"]

#: Told by a watcher or a server: renamed into place, or closed by its writer.
Arrived = Literal["moved", "closed"]

#: Why a file counts as finished. ``settled``: unchanged for a while and its end complete.
#: ``stale``: unchanged for long and its end is *not* complete; it must be looked at anyway.
Why = Literal["moved", "closed", "marker", "settled", "stale"]

#: Pure. Gets the last bytes of a file (at most ``TAIL``) and says whether an interchange ends there.
Complete = Callable[[bytes], bool]

TAIL = 512  # bytes: an IEA or UNZ with padding and line ends behind it


class TransportError(EdigwError):
    """A channel could not do what was asked. *place* names the channel's folder or host."""

    code = "EDIGW-CHANNEL-E000"

    def __init__(self, place: str, text: str) -> None:
        self.place = place
        self.text = text
        super().__init__(f"{place}: {text}")


class ChannelUnavailable(TransportError):
    """The channel cannot be used now: folder gone, no permission, input or output fails. Try later."""

    code = "EDIGW-CHANNEL-E001"


class NoSpace(ChannelUnavailable):
    """The channel's disk or quota is full; what was begun has been removed again."""

    code = "EDIGW-CHANNEL-E002"
    advice = "make room, then: edigw retry"


class NameTaken(TransportError):
    """Another file has the name; nothing was written over it."""

    code = "EDIGW-CHANNEL-E003"
    advice = "have the partner fetch or remove the file, then: edigw retry"


class BadName(TransportError):
    """A name that is not a plain name inside the channel's folder."""

    code = "EDIGW-CHANNEL-E004"


class Changed(TransportError):
    """A file is not, or no longer, what was listed: it grew, was replaced or is gone."""

    code = "EDIGW-CHANNEL-E005"


class TooLarge(TransportError):
    """A file is longer than the caller was ready to take."""

    code = "EDIGW-CHANNEL-E006"


class HostKeyChanged(ChannelUnavailable):
    """A server shows a key that is not pinned. Nothing was told to it, neither name nor password."""

    code = "EDIGW-CHANNEL-E008"
    advice = "ask the partner whether its key was changed; if so put the new one under host_key:, then reload"


class LoginRefused(ChannelUnavailable):
    """A server does not let us in: user, key or password."""

    code = "EDIGW-CHANNEL-E009"
    advice = "ask the partner for user and key, mend them in edigw.yaml, then reload"


class LineDown(ChannelUnavailable):
    """No connection, or it broke or took too long: nothing more can be asked over it now."""

    code = "EDIGW-CHANNEL-E010"
    advice = "nothing: it is tried again; edigw status tells when"


#: Nothing more can be asked of a server now, whatever it is about.
NO_LINE: Final = (LineDown, HostKeyChanged, LoginRefused)

#: Of these no waiting rids us: a person must mend them.
TO_BE_MENDED: Final = (HostKeyChanged, LoginRefused)


class OutcomeUnknown(ChannelUnavailable):
    """The connection broke between a rename and its answer: what was put may stand under its name, or not."""

    code = "EDIGW-CHANNEL-E011"
    advice = "nothing: the next try looks what stands there"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that a partner has finished writing.

    (path, size, mtime_ns, ident) is the arrival's key: the same four are the same arrival.
    """

    path: str  #: name inside the channel; bytes that are not UTF-8 are kept as lone surrogates
    size: int  #: bytes
    mtime_ns: int  #: as the file system says it
    ident: str  #: what the file system calls the file itself (the inode), whatever its name
    why: Why = "settled"
    sha256: bytes = b""  #: of its bytes, where they were read before


@dataclass(frozen=True, slots=True)
class Refused:
    """Something in an inbox that is no file to read: it stays where it is and is reported."""

    path: str
    reason: str  #: ``link``, ``folder``, ``pipe``, ``socket``, ``device``, ``unreadable``, ``marker without its file``


@dataclass(frozen=True, slots=True)
class Listing:
    """One look at a channel. *ready* is ordered by mtime, then name."""

    ready: tuple[Entry, ...]
    refused: tuple[Refused, ...]
    waiting: int  #: files that are not finished yet
    again: float | None  #: seconds until the first of these may be, if nobody touches it; None: no time will help


@dataclass(frozen=True, slots=True)
class Placed:
    """A file stands under its final name and is synced. *already*: the same bytes stood there before."""

    name: str
    already: bool = False


class Probe(Enum):
    """What a channel shows of a sending whose outcome nobody recorded."""

    DONE = "done"  #: the final name stands with our bytes
    TEMPORARY = "temporary"  #: only our temporary name stands: ``put`` finishes it
    TAKEN = "taken"  #: the final name stands with other bytes
    ABSENT = "absent"  #: neither: fetched already, or never arrived


class Source(Protocol):
    """A channel that partners' files come from."""

    def list(self) -> Listing:
        """What stands there. Raises ChannelUnavailable."""

    def fetch(self, entry: Entry, limit: int) -> bytes:
        """The whole file. Raises TooLarge, Changed, ChannelUnavailable."""

    def chunks(self, entry: Entry, size: int = 1 << 20) -> Iterator[bytes]:
        """The file piece by piece. Raises Changed at the end if it did not stay what was listed; then none of it counts."""

    def retire(self, *entries: Entry) -> Sequence[bool | None]:
        """Remove what has been archived; False for each that is no longer what was read (it stays, as a new arrival).

        None: nobody knows; it is asked for again. May be called again for the same entries.
        """


class Target(Protocol):
    """A channel that partners fetch from."""

    @property
    def repeat(self) -> Repeat: ...

    def put(self, name: str, data: bytes, delivery: str, mark: Callable[[], None]) -> Placed:
        """Let *data* appear whole under *name*. *mark* is called when only the rename is left.

        Raises NameTaken, BadName, NoSpace, ChannelUnavailable, and whatever *mark* raises; then nothing was put.
        """

    def put_all(
        self, items: Sequence[tuple[str, bytes, str]], mark: Callable[[Sequence[int]], None]
    ) -> Sequence[Placed | TransportError]:
        """``put`` for several (name, data, delivery) with one *mark*, which gets the indexes of those about to be renamed."""

    def probe(self, name: str, delivery: str, sha256: bytes, size: int) -> Probe:
        """What became of an earlier ``put``. Raises ChannelUnavailable."""
