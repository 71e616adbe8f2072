"""Hints that something has arrived in a folder, within milliseconds; never the truth, which is the next scan.

watchdog's observers wait half a second behind every name that moves out of a folder, to pair
it with where it went; whatever arrives meanwhile waits too, and our own retiring moves names
out. So this uses watchdog's reader of inotify below its observers, and asks the kernel only
for what matters: a name moved in, and a file closed by its writer.

A watch dies with its folder. A thread looks every second whether each folder still is the
one that is watched, watches a new one, and then asks for a scan, for what came meanwhile
gave no hint.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Literal

from watchdog.observers.inotify_c import CallbackId, InotifyConstants, InotifyEvent, InotifyFD, Mask, WatchDescriptor

from edigw.records import dataclass

LOOK: Final = 1.0  # seconds between two looks after the watches

#: ``scan``: hints may have been missed; the name is empty.
Happened = Literal["moved", "closed", "scan"]

_MASK: Final = Mask(InotifyConstants.IN_MOVED_TO | InotifyConstants.IN_CLOSE_WRITE | InotifyConstants.IN_ONLYDIR)


@dataclass
class _Watch:
    """One folder under watch. Implements watchdog's WatchCallback; called in its reader thread."""

    channel: str
    path: Path
    tell: Callable[[str, str, Happened], None]
    identity: tuple[int, int] | None = None  #: device and inode of what is watched; None: blind
    descriptor: WatchDescriptor | None = None

    def on_event(self, event: InotifyEvent) -> None:
        if event.is_directory or not event.name or event.name.startswith(b"."):
            return
        self.tell(self.channel, os.fsdecode(event.name), "moved" if event.is_moved_to else "closed")

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        if wd == self.descriptor:
            self.identity = None

    def on_queue_overflow(self) -> None:
        self.tell(self.channel, "", "scan")


class Hints:
    """Watches *folders* (channel name to path) between ``start`` and ``stop``.

    *on_hint(channel, name, happened)* is called from a thread and must only pass the hint on (``call_soon_threadsafe``,
    a queue). What it raises goes to *on_trouble(channel, error)* and stops nothing.
    """

    def __init__(
        self,
        folders: Mapping[str, Path],
        on_hint: Callable[[str, str, Happened], None],
        on_trouble: Callable[[str, Exception], None] = lambda _channel, _error: None,
    ) -> None:
        self.failures = 0  #: how often *on_hint* raised or a watch could not be had
        self._on_hint = on_hint
        self._on_trouble = on_trouble
        self._watches = [_Watch(channel, path, self._tell) for channel, path in folders.items()]
        self._reader: InotifyFD | None = None
        self._stopping = threading.Event()
        self._keeper: threading.Thread | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Watch what is there now and look after the rest. Gives no hint for files that stand there already."""
        self._stopping.clear()
        self.look(first=True)
        self._keeper = threading.Thread(target=self._keep, name="hints", daemon=True)
        self._keeper.start()

    def stop(self) -> None:
        """No hint is given after this returns."""
        self._stopping.set()
        if self._keeper is not None:
            self._keeper.join()
            self._keeper = None
        with self._lock:
            self._drop_reader()

    @property
    def blind(self) -> frozenset[str]:
        """The channels without a watch: their folder is gone or the system has no watch left. Only scans find files there."""
        return frozenset(watch.channel for watch in self._watches if watch.identity is None)

    @property
    def healthy(self) -> bool:
        """Whether every folder is watched and somebody reads what the kernel says."""
        return not self.blind and self._reader is not None and self._reader.is_alive()

    def look(self, *, first: bool = False) -> None:
        """Renew the watches that do not see their folder. Runs every second by itself."""
        with self._lock:
            if self._reader is None or not self._reader.is_alive():
                self._drop_reader()
                try:
                    self._reader = InotifyFD()
                    self._reader.start()
                except OSError as said:  # the system's limit of instances: scans go on
                    self._reader = None
                    self._trouble("", said)
                    return
            renewed = [watch for watch in self._watches if self._renew(self._reader, watch)]
        if not first:
            for watch in renewed:
                self._tell(watch.channel, "", "scan")

    def _renew(self, reader: InotifyFD, watch: _Watch) -> bool:
        """Watch the folder that stands under the path now; True when that is a new watch."""
        try:
            status = watch.path.stat()
        except OSError:
            status = None
        identity = (status.st_dev, status.st_ino) if status is not None else None
        if identity == watch.identity:
            return False
        try:
            if watch.identity is not None and watch.descriptor is not None:
                reader.remove_callbacks([(watch.descriptor, CallbackId(id(watch)))])
                watch.identity = None
            if identity is None:
                return False
            descriptor = reader.add_callback(os.fsencode(watch.path), _MASK, watch, CallbackId(id(watch)))
        except OSError as said:  # gone again, or the system's limit of watches
            self._trouble(watch.channel, said)
            return False
        if descriptor < 0:  # how watchdog says that the folder may not be read
            return False
        watch.descriptor, watch.identity = descriptor, identity
        return True

    def _drop_reader(self) -> None:
        if self._reader is not None:
            self._reader.stop()
            self._reader.join()
            self._reader = None
        for watch in self._watches:
            watch.identity = None

    def _keep(self) -> None:
        while not self._stopping.wait(LOOK):
            try:
                self.look()
            except Exception as said:  # noqa: BLE001  (a keeper that dies leaves every channel blind for ever)
                self._trouble("", said)

    def _tell(self, channel: str, name: str, happened: Happened) -> None:
        if self._stopping.is_set():
            return
        try:
            self._on_hint(channel, name, happened)
        except Exception as said:  # noqa: BLE001  (an exception would end the reader's thread, and all hints with it)
            self._trouble(channel, said)

    def _trouble(self, channel: str, said: Exception) -> None:
        self.failures += 1
        with contextlib.suppress(Exception):  # it is counted; nobody is left to be told
            self._on_trouble(channel, said)
