"""``edigw demo``: the gateway with two partners, samples and a back office, in one command."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

import click


@click.command("demo")
@click.argument("folder", metavar="[DIR]", default="var/demo", type=click.Path(path_type=Path, file_okay=False))
def demo(folder: Path) -> None:
    """Run the gateway in DIR with two sample partners and a demo back office, until Ctrl-C.

    DIR, by default var/demo, becomes a fresh instance; an earlier one is moved aside. The
    partners send samples over SFTP, good and bad; a table on stdout says what became of each,
    then what to try. The gateway's log goes to DIR/edigw.log.

    Exit status 0: drained after Ctrl-C or SIGTERM; 1: the gateway ended by itself; 2: it
    could not be started in DIR.
    """
    import asyncio
    import importlib.util
    import shlex
    import shutil
    from datetime import datetime

    if importlib.util.find_spec("asyncssh") is None:
        _say("the demo's partners send over SFTP, which needs asyncssh: pip install 'edigw[sftpd]'")
        sys.exit(2)
    from edigw import demo as room

    with ExitStack() as stack:
        try:
            ports = stack.enter_context(room.ports.taken())
            made = room.make(folder, ports.numbers, now=lambda: datetime.now().astimezone())
        except (room.InUse, room.NoPort) as error:
            _say(str(error))
            sys.exit(2)
        except OSError as error:
            _say(f"{error.filename or folder}: {error.strerror}")
            sys.exit(2)
        if made.moved is not None:
            _say(f"the earlier demo is now in {made.moved}")
        called = sys.argv[0]
        command = "edigw" if shutil.which("edigw") == called else shlex.quote(called) if Path(called).name == "edigw" else "python -m edigw"
        with room.foreground():
            status = asyncio.run(room.run(made, ports, command))
    sys.exit(status)


def _say(text: str) -> None:
    click.echo(f"edigw demo: {text}", err=True)
