"""``edigw status``: whether all is well, what waits, what stands still and what mends it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edigw.cli import opening
from edigw.cli.inputs import put, say
from edigw.cli.opening import FINE, NOT_FINE, Opened, age, instance_option, json_option, moment, put_json
from edigw.errors import ConfigError, Problem
from edigw.visible import visible

if TYPE_CHECKING:
    from edigw.ledger import Holder
    from edigw.overview import Overview, Trouble

LEASE = timedelta(seconds=60)  # of a node: it was alive so long before its lease ended
MOST_SHOWN = 10  # problems; the daemon tells no more


@click.command("status")
@instance_option
@json_option
@click.pass_context
def status(context: click.Context, instance: Path | None, as_json: bool) -> None:
    """Say whether the daemon runs, what waits, what is held or was given up and what mends it, and what came last.

    Exit status 0: all is well; 1: something stands still or the daemon is hindered, an alert is open, the daemon found a mistake in the
    configuration, or no daemon runs; 2: there is no instance, or its ledger cannot be reached.
    """
    from edigw.overview import overview

    with opening.opened(context, instance, asks=True) as open_:
        daemon = _daemon(open_)
        seen = overview(open_.ledger)
        problems, digest = _configuration(open_.folder, daemon)
        if daemon and digest and daemon.get("generation") not in (None, digest):
            daemon["behind"] = True
        alerts = _alerts(open_.folder, daemon)
        if as_json:
            put_json(_as_json(open_, daemon, seen, problems, alerts))
        else:
            _print(open_, daemon, seen, problems, alerts)
        fine = daemon is not None and not daemon.get("troubles") and not seen.standing and not problems and not alerts
        fine = fine and all(one["alive"] for one in (daemon or {}).get("nodes", ()))
    sys.exit(FINE if fine else NOT_FINE)


def _daemon(open_: Opened) -> dict[str, Any] | None:
    """What is known of the daemon, of several nodes the one that says most of itself; None: none runs."""
    from edigw import control

    running = {one.node: one for one in open_.ledger.daemons()}
    answers = control.poke_each(open_.folder, "ping")
    alive = [one for one in running.values() if one.alive]
    if not alive and not answers:
        return None
    node = next(iter(answers), "")
    answer = answers.get(node)
    holder = running.get(str(answer.get("node", "")) if answer else "") or next(iter(alive), None)
    found: dict[str, Any] = {"answers": answer is not None}
    if holder is not None:
        found |= {"pid": holder.pid, "owner": holder.owner}
    found |= {name: answer[name] for name in ("generation", "sftpd", "troubles", "problems") if answer and name in answer}
    found["alerts"] = {book: open_alerts for said in answers.values() for book, open_alerts in _books(said).items()}
    if open_.ledger.shared:
        found["nodes"] = [_node(one, answers.get(one.node)) for one in running.values()]
        # What hinders one of them hinders the gateway.
        found["troubles"] = [f"{name}: {one}" for name, said in answers.items() for one in _texts(said.get("troubles"))]
    return found


def _node(holder: Holder, answer: dict[str, object] | None) -> dict[str, Any]:
    known = {"node": holder.node, "pid": holder.pid, "alive": holder.alive, "until": holder.until, "here": answer is not None}
    return known | {name: answer[name] for name in ("generation", "sftpd", "polls") if answer and name in answer}


def _texts(found: object) -> list[str]:
    return [str(one) for one in found] if isinstance(found, list) else []


def _books(answer: dict[str, object]) -> dict[str, list[dict[str, str]]]:
    found = answer.get("alerts")
    return found if isinstance(found, dict) else {}


def _alerts(folder: Path, daemon: dict[str, Any] | None) -> list[Mapping[str, str]]:
    """What is told as an alert and is not over, the oldest first, without what ``status`` says anyway.

    A daemon that answers says it. Of one that does not (it is on another machine, too busy, or none runs) its book says what it had
    open when it wrote there last.
    """
    from edigw import alertbook

    told: dict[str, list[dict[str, str]]] = daemon.pop("alerts", {}) if daemon else {}
    nodes = [one["node"] for one in (daemon or {}).get("nodes", ()) if one["alive"]]
    found: list[Mapping[str, str]] = []
    for book in ("", *nodes):
        if book in told:
            found += told[book]
            continue
        path = folder / alertbook.file_name(book)
        try:
            found += alertbook.said(alertbook.read(path)["open"])
        except FileNotFoundError:  # it never had an alert
            continue
        except (OSError, ValueError, LookupError, TypeError) as trouble:
            say(f"which alerts are open is not known: {path}: {visible(str(trouble))}; next: edigw --instance {folder} tail")
    return alertbook.besides(found, (daemon or {}).get("troubles", ()), nodes=bool(nodes))


def _configuration(folder: Path, daemon: dict[str, Any] | None) -> tuple[tuple[Problem, ...], str]:
    """What the daemon knows to be wrong with the configuration as it stands in the folder, and its digest.

    Nothing is compiled here: that takes seconds, and the daemon has done it. One that it has
    not seen yet is only known to be another; ``edigw reload`` or ``edigw check`` says what it is worth.
    """
    from edigw import gathering

    told = daemon.pop("problems", {}) if daemon else {}
    try:
        digest = gathering.read(folder).digest
    except ConfigError as trouble:
        return trouble.problems, ""
    return tuple(Problem(one["place"], one["text"], one["code"], one["advice"]) for one in told.get(digest, ())), digest


def _print(
    open_: Opened, daemon: dict[str, Any] | None, seen: Overview, problems: tuple[Problem, ...], alerts: Sequence[Mapping[str, str]]
) -> None:
    from edigw.states import counted

    now = datetime.now(UTC)
    name = open_.settings.gateway.name
    put(visible(f"{name} in {open_.folder.absolute()}: {_daemon_words(open_, daemon)}"))
    for node in (daemon or {}).get("nodes", ()):
        put(visible(f"  {_node_words(node, now)}"))
    if daemon and daemon.get("behind"):
        put(f"the configuration was changed since; next: edigw --instance {open_.folder} reload")
    if not daemon or not daemon["answers"]:
        put(f"whether the configuration is right is not known without the daemon; next: edigw check {open_.folder}")
    for one in (daemon or {}).get("troubles", ()):
        put(visible(f"hindered: {one}"))
    if alerts:
        put("open alerts:" if daemon and daemon["answers"] else "open alerts, as they were written down last:")
    for alert in alerts:
        put(visible(f"  {alert['code']} since {moment(datetime.fromisoformat(alert['since']))}: {alert['text']}"))
        put(visible(f"    next: {alert['next']}"))
    if problems:
        many = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}" + (" at least" if len(problems) >= MOST_SHOWN else "")
        put(f"broken: {many} in the configuration; next: edigw check {open_.folder}")
        for problem in problems[:MOST_SHOWN]:
            put(visible(f"  {problem}"))
    if seen.waiting:
        put("on its way:")
        for one in seen.waiting:
            what = f"{counted(one.kind, one.count)} {one.state.value.replace('_', ' ')}"
            put(f"  {what}, for {age(one.since, now)} at most")
    if seen.troubles:
        put("standing still:")
    for trouble in seen.troubles:
        for line in _trouble_words(trouble, now):
            put(visible(line))
    if seen.arrivals:
        put("last arrivals:")
        for row in seen.arrivals:
            put(visible(f"  {row.label} {row.name} from {row.partner or row.channel}, {moment(row.created_at)}, {row.state.value}"))
    gone = not all(one["alive"] for one in (daemon or {}).get("nodes", ()))
    if daemon and not daemon.get("troubles") and not seen.standing and not problems and not gone and not alerts:
        put("all is well" if not seen.waiting else "nothing stands still")


def _daemon_words(open_: Opened, daemon: dict[str, Any] | None) -> str:
    if daemon is None:
        return f"no daemon runs; next: edigw --instance {open_.folder} run"
    words = f"the daemon runs (process {daemon['pid']})" if "pid" in daemon else "the daemon runs"
    if not daemon["answers"]:
        return f"{words}, but it does not answer: it is starting, stopping, or too busy"
    if daemon.get("generation"):
        words += f", configuration {str(daemon['generation'])[:12]}"
    if daemon.get("sftpd") and open_.settings.sftpd is not None:
        words += f", SFTP inbox at {open_.settings.sftpd.host}:{daemon['sftpd']}"
    return words


def _node_words(node: dict[str, Any], now: datetime) -> str:
    who = f"node {node['node']} (process {node['pid']})"
    if not node["alive"]:
        since = age(node["until"] - LEASE, now)
        return f"{who} is gone without a word for {since}; the others go on with its work; next: edigw run --node {node['node']}"
    if not node["here"]:
        return f"{who} is alive; it does not answer here: it is on another machine, starting, or too busy"
    polls = ", ".join(node.get("polls", ())) or "no channel just now"
    return f"{who} is alive, configuration {str(node.get('generation', ''))[:12]}, polls {polls}"


def _trouble_words(trouble: Trouble, now: datetime) -> list[str]:
    from edigw.states import counted

    many, state = counted(trouble.kind, trouble.count), trouble.state.value.replace("_", " ")
    lines = [f"  {many} {state} for {age(trouble.since, now)}: {trouble.code} {trouble.words}".replace(":  ", ": ")]
    lines += [f"    {reason}" for reason in trouble.reasons]
    more = f" (and {trouble.count - len(trouble.labels)} more)" if trouble.count > len(trouble.labels) else ""
    if trouble.advice:
        lines.append(f"    next: {trouble.advice}")
    return [*lines, f"    {'with' if trouble.advice else 'next'}: {trouble.command}{more}"]


def _as_json(
    open_: Opened, daemon: dict[str, Any] | None, seen: Overview, problems: tuple[Problem, ...], alerts: Sequence[Mapping[str, str]]
) -> dict[str, Any]:
    from edigw.cli.shown import facts

    return {
        "gateway": open_.settings.gateway.name,
        "instance": str(open_.folder.absolute()),
        "daemon": daemon,
        "waiting": [{"kind": one.kind.value, "state": one.state.value, "count": one.count, "since": one.since} for one in seen.waiting],
        "standing": seen.standing,
        "troubles": [
            {
                "kind": one.kind.value,
                "state": one.state.value,
                "code": one.code,
                "count": one.count,
                "since": one.since,
                "words": one.words,
                "reasons": one.reasons,
                "ids": one.labels,
                "advice": one.advice,
                "command": one.command,
            }
            for one in seen.troubles
        ],
        "alerts": [{"code": one["code"], "since": one["since"], "text": one["text"], "next": one["next"]} for one in alerts],
        "problems": [{"place": one.place, "code": one.code, "text": one.text, "advice": one.advice} for one in problems],
        "arrivals": [facts(row) for row in seen.arrivals],
    }
