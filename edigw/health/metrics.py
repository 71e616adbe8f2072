"""The metrics, asked of the ledger when somebody scrapes: nothing is counted on the way of a document but its tries.

Labels are bounded: names of the configuration, states, outcomes; what is beyond MOST of them is
summed under ``(others)``.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from edigw import __version__, counted
from edigw.errors import LedgerUnavailable
from edigw.ledger import Ledger
from edigw.overview import STANDING
from edigw.records import dataclass
from edigw.states import AT_END, Kind, State, machine

MOST: Final = 100  # label values of one name
OTHERS: Final = "(others)"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the daemon knows of itself at a scrape."""

    partners: Collection[str]
    lanes: Collection[str]
    stuck: Sequence[str]
    hindered: Sequence[str]
    commit_seconds: float
    workers: int
    tasks: int  #: being judged or waiting for a worker
    alerts: int
    folders: Sequence[Path]


class Collector:
    """Gives Prometheus what is true now. One scrape asks the ledger a fixed number of questions."""

    def __init__(self, ledger: Ledger, clock: Callable[[], datetime], facts: Callable[[], Facts]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._facts = facts

    def collect(self) -> Iterator[Metric]:
        facts = self._facts()
        info = GaugeMetricFamily("edigw_info", "the gateway's version", labels=["version"])
        info.add_metric([__version__], 1)
        yield info
        well = float(not facts.stuck and not facts.hindered)
        yield GaugeMetricFamily("edigw_healthy", "1: work gets on and nothing hinders it", value=well)
        yield GaugeMetricFamily("edigw_stuck", "rounds of the daemon that do not get on", value=len(facts.stuck))
        yield GaugeMetricFamily("edigw_hindered", "causes outside that keep work waiting", value=len(facts.hindered))
        yield GaugeMetricFamily("edigw_alerts_open", "causes that somebody was told of and that last", value=facts.alerts)
        yield GaugeMetricFamily("edigw_ledger_commit_seconds", "how long the last sweep's commit took", value=facts.commit_seconds)
        yield GaugeMetricFamily("edigw_pool_workers", "judging processes", value=facts.workers)
        yield GaugeMetricFamily("edigw_pool_tasks", "tasks being judged or waiting for a worker", value=facts.tasks)
        yield from self._disk(facts)
        tries = CounterMetricFamily("edigw_delivery_tries", "tries of deliveries by outcome, since the start", labels=["to", "outcome"])
        summed: dict[tuple[str, str], int] = {}
        for (lane, outcome), count in list(counted.TRIES.items()):
            key = (_known(lane, facts.lanes), outcome)
            summed[key] = summed.get(key, 0) + count
        for key, count in sorted(summed.items()):
            tries.add_metric(list(key), count)
        yield tries
        commits, steps = self._ledger.commits
        yield CounterMetricFamily("edigw_ledger_commits", "commits since the start", value=commits)
        yield CounterMetricFamily("edigw_ledger_steps", "steps that these commits carried", value=steps)
        yield from self._rows(facts)

    @staticmethod
    def _disk(facts: Facts) -> Iterator[Metric]:
        free = GaugeMetricFamily("edigw_disk_free_bytes", "free where the instance keeps things", labels=["folder"])
        size = GaugeMetricFamily("edigw_disk_size_bytes", "size of that file system", labels=["folder"])
        for folder in facts.folders:
            try:
                usage = shutil.disk_usage(folder)
            except OSError:  # the alert about it says so; a scrape has no line for it but its absence
                continue
            free.add_metric([str(folder)], usage.free)
            size.add_metric([str(folder)], usage.total)
        yield from (free, size)

    def _rows(self, facts: Facts) -> Iterator[Metric]:
        by = ["kind", "state", "partner"]
        count = GaugeMetricFamily("edigw_rows", "rows that are not at an end", labels=by)
        oldest = GaugeMetricFamily("edigw_oldest_seconds", "since when the oldest of them is in its state", labels=by)
        up = GaugeMetricFamily("edigw_ledger_up", "1: the ledger answers")
        now = self._clock()
        try:
            for kind in Kind:
                summed: dict[tuple[str, str], tuple[int, datetime]] = {}
                for state, partner, number, since in self._ledger.waiting(kind, open_states(kind)):
                    key = (state, _known(partner, facts.partners))
                    before = summed.get(key, (0, since))
                    summed[key] = (before[0] + number, min(before[1], since))
                for (state, partner), (number, since) in sorted(summed.items()):
                    count.add_metric([kind.value, state, partner], number)
                    oldest.add_metric([kind.value, state, partner], max(0.0, (now - since).total_seconds()))
            up.add_metric([], 1)
        except LedgerUnavailable:  # edigw_ledger_up says it
            up.add_metric([], 0)
        yield from (up, count, oldest)


def open_states(kind: Kind) -> list[State]:
    """The states of *kind* in which something is still to come."""
    every = dict.fromkeys(state for direction in ("in", "out") for state in machine(kind, direction))
    return [state for state in every if state not in AT_END or state in STANDING]


def _known(name: str, names: Collection[str]) -> str:
    """A label that is bounded: one of the configuration's names, the first MOST of them."""
    if not name:
        return ""
    return name if name in (names if len(names) <= MOST else sorted(names)[:MOST]) else OTHERS


def exposition(collector: Collector) -> bytes:
    """The text that Prometheus reads."""
    registry = CollectorRegistry()
    registry.register(collector)
    text: bytes = generate_latest(registry)
    return text
