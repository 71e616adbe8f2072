"""Reading what is ready on an inlet and keeping it in the archive. What cannot be read or kept is left where it is, and said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from edigw.archive import Archive, ArchiveUnavailable, Packed
from edigw.inbound.inlets import Inlet, say_unavailable, say_unkept
from edigw.log import get_logger
from edigw.transports import NO_LINE, Changed, ChannelUnavailable, Entry, TooLarge
from edigw.transports.folder import Folder

log = get_logger("inbound")

STREAMED_FROM = 16 << 20  # bytes of a local file that goes to the archive piece by piece, and never whole through our memory

Read = tuple[Entry, bytes | None]  #: None: not read yet, for it is streamed into the archive


def read(inlet: Inlet, entries: Sequence[Entry], largest: int) -> list[Read]:
    """Those of *entries* that can be read, with their bytes; *largest* is bytes of a file. Raises one of NO_LINE when not one could be."""
    found: list[Read] = []
    for entry in entries:
        try:
            streamed = inlet.remote is None and STREAMED_FROM < entry.size <= largest
            found.append((entry, None if streamed else inlet.folder.fetch(entry, largest)))
        except NO_LINE as trouble:
            if not found:
                raise
            say_unavailable(inlet, trouble)
            break
        except Changed:
            continue  # it grew or went away since it was listed: the next look sees what it is now
        except TooLarge as trouble:
            further = "raise limits.file in edigw.yaml, or remove the file"
            log.error("inbound.too_large", channel=inlet.name, path=entry.path, size=entry.size, code=trouble.code, next=further)
        except ChannelUnavailable as trouble:
            if inlet.remote is not None:  # said once, not at every poll of a night
                say_unkept(inlet, entry.path, trouble)
                continue
            further = "mend the file's mode; it is looked at again"
            log.error("inbound.unreadable", channel=inlet.name, path=entry.path, code=trouble.code, error=str(trouble), next=further)
    return found


def keep(inlet: Inlet, found: Sequence[Read], archive: Archive) -> tuple[list[Read], list[Packed]]:
    """Those of *found* that the archive can keep, and them packed; a large file that finds no room there never stops a small one."""
    kept: list[Read] = []
    packed: list[Packed] = []
    for entry, data in found:
        try:
            if data is None:
                stored = archive.put(inlet.folder.chunks(entry))
                packed.append(Packed(stored.sha256, stored.size, "archive", None))
            else:
                packed.append(archive.keep(data))
        except (Changed, ChannelUnavailable):
            continue  # it went away while it was read; the next look sees what it is now
        except ArchiveUnavailable as trouble:
            say_unkept(inlet, entry.path, trouble)
        else:
            kept.append((entry, data))
            inlet.unkept.pop((entry.path, ArchiveUnavailable.code), None)
    return kept, packed


def row(channel: str, entry: Entry, partner: str, payload: int, packed: Packed) -> dict[str, Any]:
    """An arrival as the ledger has it."""
    return {
        "channel": channel,
        "path": entry.path,
        "size": entry.size,
        "mtime_ns": entry.mtime_ns,
        "ident": entry.ident,
        "partner": partner,
        "payload": payload,
        "sha256": packed.sha256,
    }


def ready(folder: Folder, hinted: Mapping[str, str]) -> tuple[list[Entry], bool]:
    """The entries that hints make ready, and whether a scan must look after the rest."""
    found: list[Entry] = []
    later = False
    for name, happened in hinted.items():
        entry = folder.hint(name, "moved" if happened == "moved" else "closed")
        if entry is not None:
            found.append(entry)
        elif not folder.ignores(name):
            later = True
    return found, later
