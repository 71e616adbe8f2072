"""Ctrl-C for the demo alone, also when ``make`` or a script started it.

A terminal sends Ctrl-C to its whole foreground process group. ``make`` waits for its recipe
and then dies of the signal all the same, so that a demo which drained would look like a
failure. A shell gives each job a group of its own; here we do that for ourselves.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def foreground() -> Iterator[None]:
    """Be the terminal's foreground group by ourselves, and give it back.

    Does nothing without a terminal, in the background, or when a shell has made us a group
    already. Otherwise Ctrl-Z is off: nobody would be there to bring us back.
    """
    before = os.getpgrp()
    try:
        shared = before != os.getpid() and sys.stdin.isatty() and os.tcgetpgrp(sys.stdin.fileno()) == before
    except OSError:  # a terminal that is not ours to control
        shared = False
    if not shared:
        yield
        return
    terminal = sys.stdin.fileno()
    for number in (signal.SIGTTOU, signal.SIGTSTP):  # who is not yet, or no longer, in the foreground would be stopped by the change itself
        signal.signal(number, signal.SIG_IGN)
    os.setpgid(0, 0)
    os.tcsetpgrp(terminal, os.getpgrp())
    try:
        yield
    finally:
        os.tcsetpgrp(terminal, before)
