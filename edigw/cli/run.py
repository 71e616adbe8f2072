"""``edigw run``: the daemon, in the foreground, until it is told to stop."""

from __future__ import annotations

import errno
import gc
import socket
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
@click.option("--sftp-fd", "inherited", metavar="FD", type=int, help="an inherited socket that listens already, for the SFTP inbox")
@click.option("--node", metavar="NAME", default="", envvar="EDIGW_NODE", help="this node's name, where several share PostgreSQL")
@click.pass_context
def run(context: click.Context, instance: Path | None, inherited: int | None, node: str) -> None:
    """Run the gateway of an instance until SIGTERM or Ctrl-C, which drain; SIGHUP reads the configuration again.

    The log goes to stderr. With --sftp-fd the SFTP inbox does not open the address in
    edigw.yaml: whoever starts the gateway has done so, and leaves the socket open as FD.

    On PostgreSQL several nodes may run at once, each with a name of its own; a second one of
    the same name, or a second one on SQLite, does not start.

    Exit status 0: drained; 2: it could not start.
    """
    import asyncio

    from edigw.fields import is_name

    folder = opening.find(context, instance)
    if node and not is_name(node):
        opening.fail(f"{node!r} cannot name a node", advice="letters, digits, dot, dash, underscore")
    listening = _adopted(inherited) if inherited is not None else None
    from edigw.daemon import Daemon

    try:
        status = asyncio.run(Daemon(folder, node=node, sftp_socket=listening).run())
    except EdigwError as trouble:
        opening.fail_on(trouble)
    except OSError as trouble:
        _fail_on(trouble, folder)
    gc.freeze()  # all is closed; without this Python goes through every object once more, which keeps a restart waiting for seconds
    sys.exit(status)


def _adopted(inherited: int) -> socket.socket:
    """The socket behind a file descriptor that whoever started us has left open. No child of ours gets it."""
    try:
        listening = socket.socket(fileno=inherited)
        why = "" if listening.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) else "it does not listen"
    except OSError as trouble:
        why = (trouble.strerror or str(trouble)).lower()
    if why:
        opening.fail(f"--sftp-fd {inherited} is no socket to listen on: {why}", code=CANNOT_LISTEN, advice="edigw run --help")
    listening.set_inheritable(False)
    return listening


def _fail_on(trouble: OSError, folder: Path) -> NoReturn:
    why = (trouble.strerror or str(trouble)).lower()
    if trouble.errno in (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES) and not trouble.filename:
        advice = f"give another sftpd: {{listen: host:port}} in {folder / opening.FILE}, or stop what has the port (ss -ltnp)"
        opening.fail(f"the SFTP inbox cannot listen: {why}", code=CANNOT_LISTEN, advice=advice)
    opening.fail(f"{trouble.filename or folder}: {why}", code=CANNOT_LISTEN, advice=f"edigw check {folder}")
