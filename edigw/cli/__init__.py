"""The commands. A command's module is imported when the command runs, not before.

``edigw --help`` imports click and nothing else of ours, and a pure command never loads the
ledger: start-up stays below what a person notices. So the table below, and not the
modules, holds the names and the one line each that the overview shows.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path

import click

from edigw import __version__

#: Command -> (module, what it does). The module holds a click command of that name, or of that name and an underscore.
COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("edigw.cli.run", "the gateway, until it is told to stop"),
    "init": ("edigw.cli.instance", "make a new instance"),
    "demo": ("edigw.cli.demo", "the gateway with sample partners and a demo back office"),
    "check": ("edigw.cli.instance", "show every configuration problem at once"),
    "reload": ("edigw.cli.reload", "have the running gateway read its configuration again"),
    "status": ("edigw.cli.status", "whether all is well, what waits, and what mends it"),
    "cases": ("edigw.cli.cases", "failures by their cause, and what mends all of one"),
    "list": ("edigw.cli.questions", "messages, interchanges, files or deliveries, the newest first"),
    "show": ("edigw.cli.show", "all there is to know of a file, interchange, message or delivery"),
    "why": ("edigw.cli.why", "where a value of a document comes from: segment, element, byte, line of the map"),
    "find": ("edigw.cli.questions", "what has a number, a control number or a file name"),
    "tail": ("edigw.cli.questions", "the last events, and the next ones"),
    "release": ("edigw.cli.actions", "let what is held go on"),
    "replay": ("edigw.cli.actions", "do it once more"),
    "retry": ("edigw.cli.actions", "try deliveries again now"),
    "done": ("edigw.cli.actions", "say that an uncertain delivery got through"),
    "hold": ("edigw.cli.actions", "keep a message or an interchange back"),
    "close": ("edigw.cli.actions", "give up what is held or was given up"),
    "verify": ("edigw.cli.auditing", "whether the ledger and its archive are as they were written"),
    "reconcile": ("edigw.cli.auditing", "whether all that came in on a day is accounted for"),
    "export": ("edigw.cli.auditing", "one document's whole life, as an archive that can be checked"),
    "retain": ("edigw.cli.retaining", "seal what is over, remove what was kept long enough"),
    "preserve": ("edigw.cli.retaining", "a legal hold: what retain must not remove"),
    "translate": ("edigw.cli.pure", "EDI files into canonical documents, one a line"),
    "faults": ("edigw.cli.pure", "what is wrong with EDI files, one fault a line"),
    "ack": ("edigw.cli.pure", "the answers to EDI files: TA1, 997, 999, CONTRL"),
    "build": ("edigw.cli.building", "a canonical document into EDI"),
    "explain": ("edigw.cli.explaining", "EDI files for people: named, indented, each fault in its place"),
    "tree": ("edigw.cli.views", "an EDI file as neutral JSON, loop by loop"),
    "coverage": ("edigw.cli.views", "what no map reads of EDI files"),
    "schema": ("edigw.cli.catalogue", "the JSON Schema of a kind of document"),
    "errors": ("edigw.cli.catalogue", "the error catalogue, or one code of it"),
}


class Lazy(click.Group):
    """A group that knows its commands by name and imports one when it is invoked."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        command = getattr(module, f"{cmd_name}_", None) or getattr(module, cmd_name)  # `list` is Python's word
        assert isinstance(command, click.Command)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, 1)
            ctx.fail(f"there is no command {args[0]!r}" + (f"; did you mean {near[0]}?" if near else "; see edigw --help"))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  click's signature
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--instance",
    metavar="DIR",
    envvar="EDIGW_INSTANCE",
    type=click.Path(path_type=Path, file_okay=False),
    help="the instance to work in; default: EDIGW_INSTANCE, then the current folder",
)
@click.version_option(__version__, "-V", "--version", prog_name="edigw", message="%(prog)s %(version)s")
def main(instance: Path | None) -> None:  # noqa: ARG001  commands look it up in the context
    """An EDI translation and exchange gateway for X12 and EDIFACT.

    stdout carries the product only, messages go to stderr. Exit status: 0 accepted,
    1 something was rejected or held, 2 nothing readable, or misused.
    """
    # No other package's plugin has business with documents, and to look for one pydantic opens every distribution installed.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
