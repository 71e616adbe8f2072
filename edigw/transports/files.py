"""Files of a folder that others write into: no link followed, nothing overwritten, no way out.

Everything is done relative to a descriptor of the folder with plain names, so that neither
a name nor a swapped parent can lead elsewhere. A rename never replaces: the kernel is
asked for that (``renameat2``), and where a file system cannot, a hard link does it.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from edigw.transports import BadName, ChannelUnavailable, NoSpace

NAME_MAX: Final = 255  # bytes, on every file system a partner's folder is likely to be on
_RENAME_NOREPLACE: Final = 1  # linux/fs.h
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
# a kernel or file system without RENAME_NOREPLACE says one of these
_NO_SUCH_CALL: Final = frozenset({errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP})

_libc = ctypes.CDLL(None, use_errno=True)
_renameat2 = getattr(_libc, "renameat2", None)  # glibc before 2.28 and musl have none
if _renameat2 is not None:
    _renameat2.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    _renameat2.restype = ctypes.c_int


def kind_of(mode: int) -> str:
    """The plain word for what is not a regular file, from ``st_mode``."""
    for matches, word in (
        (stat.S_ISLNK, "link"),
        (stat.S_ISDIR, "folder"),
        (stat.S_ISFIFO, "pipe"),
        (stat.S_ISSOCK, "socket"),
        (stat.S_ISBLK, "device"),
        (stat.S_ISCHR, "device"),
    ):
        if matches(mode):
            return word
    return "file"


def plain(name: str, place: str) -> str:
    """*name* itself if it can only mean a file directly inside a folder; raises BadName otherwise."""
    if name in {"", ".", ".."} or "/" in name or "\0" in name:
        raise BadName(place, f"{name!r} is not a plain file name")
    if len(os.fsencode(name)) > NAME_MAX:
        raise BadName(place, f"{name[:40]!r}… is longer than {NAME_MAX} bytes")
    return name


@contextlib.contextmanager
def trouble(place: str) -> Iterator[None]:
    """Turn what the system says into NoSpace or ChannelUnavailable of *place*."""
    try:
        yield
    except OSError as said:
        text = said.strerror or str(said)
        raise (NoSpace if said.errno in _FULL else ChannelUnavailable)(place, text) from said


@contextlib.contextmanager
def opened(path: Path) -> Iterator[int]:
    """A descriptor of the folder *path*. Raises ChannelUnavailable when there is none."""
    with trouble(str(path)):
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield folder
    finally:
        os.close(folder)


def open_regular(folder: int, name: str) -> int:
    """A descriptor to read the regular file *name*. Raises OSError; ELOOP for whatever is no regular file.

    Does not wait: a pipe put there instead of a file would otherwise hold us for ever.
    """
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.ELOOP, "not a regular file", name)
    return descriptor


def status(folder: int, name: str) -> os.stat_result | None:
    """The status of *name* itself, links not followed; None when there is none."""
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def create(folder: int, name: str) -> int:
    """A descriptor to write the new file *name*. Raises FileExistsError rather than touch one that is there."""
    return os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o660, dir_fd=folder)


def write_all(descriptor: int, data: bytes | memoryview, offset: int = 0) -> None:
    """Write all of *data* at *offset*; a short write (a limit or a full disk) is followed up until the system says why."""
    rest = memoryview(data)
    while rest:
        written = os.pwrite(descriptor, rest, offset)
        rest = rest[written:]
        offset += written


def rename(folder: int, old: str, new: str, *, into: int | None = None) -> None:
    """Rename *old* to *new* (in the folder *into*, if given) in one step. Raises FileExistsError rather than replace."""
    target = folder if into is None else into
    if _renameat2 is not None:
        if _renameat2(folder, os.fsencode(old), target, os.fsencode(new), _RENAME_NOREPLACE) == 0:
            return
        said = ctypes.get_errno()
        if said not in _NO_SUCH_CALL:
            raise OSError(said, os.strerror(said), old)
    os.link(old, new, src_dir_fd=folder, dst_dir_fd=target, follow_symlinks=False)
    os.unlink(old, dir_fd=folder)


def numbered(name: str, number: int) -> str:
    """*name* with a number before its ending: ``po.edi`` and 2 give ``po.2.edi``. Keeps within the longest name."""
    stem, dot, ending = name.rpartition(".")
    if not stem or len(os.fsencode(ending)) > 16:  # ".profile" and "a.very long remark" have no ending
        stem, dot, ending = name, "", ""
    tail = f".{number}{dot}{ending}"
    room = NAME_MAX - len(os.fsencode(tail))
    return os.fsdecode(os.fsencode(stem)[:room]) + tail


def rename_beside(folder: int, old: str, new: str, *, into: int | None = None) -> str:
    """Rename *old* to *new* or, where that is taken, to ``new.2``, ``new.3``…; gives the name it got."""
    wanted, number = new, 1
    while True:
        try:
            rename(folder, old, new, into=into)
        except FileExistsError:
            number += 1
            if number > 10_000:  # whoever has so many of one name must be told, not served
                raise
            new = numbered(wanted, number)
        else:
            return new
