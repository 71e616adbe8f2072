"""``edigw run``: the daemon, in the foreground, until it is told to stop."""

from __future__ import annotations

import errno
import sys
from pathlib import Path
from typing import NoReturn

import click

from edigw.cli import opening
from edigw.cli.opening import instance_option
from edigw.errors import EdigwError

CANNOT_LISTEN = "EDIGW-DAEMON-E003"


@click.command("run")
@instance_option
@click.pass_context
def run(context: click.Context, instance: Path | None) -> None:
    """Run the gateway of an instance until SIGTERM or Ctrl-C, which drain; SIGHUP reads the configuration again.

    The log goes to stderr. Exit status 0: drained; 2: it could not start.
    """
    import asyncio

    folder = opening.find(context, instance)
    from edigw.daemon import Daemon

    try:
        status = asyncio.run(Daemon(folder).run())
    except EdigwError as trouble:
        opening.fail_on(trouble)
    except OSError as trouble:
        _fail_on(trouble, folder)
    sys.exit(status)


def _fail_on(trouble: OSError, folder: Path) -> NoReturn:
    why = (trouble.strerror or str(trouble)).lower()
    if trouble.errno in (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES) and not trouble.filename:
        advice = f"give another sftpd: {{listen: host:port}} in {folder / opening.FILE}, or stop what has the port (ss -ltnp)"
        opening.fail(f"the SFTP inbox cannot listen: {why}", code=CANNOT_LISTEN, advice=advice)
    opening.fail(f"{trouble.filename or folder}: {why}", code=CANNOT_LISTEN, advice=f"edigw check {folder}")
