"""Worker processes and their ends: real processes and real signals. What they do is of the standard library, for a child can import that."""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import resource
import signal
import time
import xmlrpc.client
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edigw.generation import Generation
from edigw.pool import Pool
from edigw.workers import DeadlineOverrun, WorkerDied, Workers, WorkersClosed, WorkersUnavailable

LONG = 60.0  # seconds; a deadline that nothing here reaches
FAULT = xmlrpc.client.dumps(xmlrpc.client.Fault(7, "of seven"))
MEMORY = 200 << 20  # bytes of address space in which a worker runs and its larger tasks do not


@pytest.fixture
def run():
    """``run(scene, *given, count=2)``: *scene* with workers of its own, which are gone afterwards."""

    def play(scene, *given, count=2, begin=(gc.collect,)):
        async def work():
            workers = Workers(count, *begin, preload="edigw.pool")
            seen: set[int] = set()
            try:
                return await scene(workers, *given)
            finally:
                seen.update(workers.pids())
                await workers.stop()
                assert workers.pids() == []
                assert not [pid for pid in seen if state(pid) not in ("", "Z")]

        return asyncio.run(asyncio.wait_for(work(), 60))

    return play


def state(pid: int) -> str:
    """What a process does, as the system has it: S sleeps, R runs, T is stopped; "" when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def resident(pid: int) -> int:
    """Bytes that a process holds in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


async def until(what):
    """Wait until *what* gives something true; the scene's own deadline ends it."""
    while not (found := what()):
        await asyncio.sleep(0.01)
    return found


def events(logs, name):
    return [one for one in logs if one["event"] == name]


# -- what a task says


def test_what_a_task_returns_and_raises(run):
    async def scene(workers):
        await workers.ready()
        assert await workers.run(divmod, 7, 2, within=LONG) == (3, 1)
        assert len(await workers.run(bytes, 9 << 20, within=LONG)) == 9 << 20
        assert await workers.run(len, b"x" * (9 << 20), within=LONG) == 9 << 20
        with pytest.raises(ZeroDivisionError) as raised:
            await workers.run(divmod, 7, 0, within=LONG)
        assert "Traceback" in raised.value.__notes__[0]
        with pytest.raises(TypeError, match="cannot pickle"):
            await workers.run(os.scandir, "/", within=LONG)
        with pytest.raises(UnicodeDecodeError):
            await workers.run(bytes.decode, b"\xff", within=LONG)
        with pytest.raises(RuntimeError, match=r"^Fault: "):  # one that cannot be made again from what it keeps
            await workers.run(xmlrpc.client.loads, FAULT, within=LONG)
        assert set(workers.pids()) == {await workers.run(os.getpid, within=LONG) for _ in range(4)}

    run(scene)


# -- ends


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM], ids=lambda sent: sent.name)
def test_a_task_that_ends_its_worker_takes_no_other_along(run, sent):
    async def scene(workers):
        await workers.ready()
        neighbour = asyncio.create_task(workers.run(time.sleep, 0.5, within=LONG))
        with capture_logs() as logs:
            with pytest.raises(WorkerDied) as died:
                await workers.run(signal.raise_signal, sent, within=LONG)
            (said,) = await until(lambda: events(logs, "worker.lost"))
        assert died.value.status == -sent
        assert await neighbour is None
        assert await workers.run(abs, -1, within=LONG) == 1
        assert (said["code"], said["log_level"]) == ("EDIGW-WORKER-E002", "warning")
        assert said["why"] == f"it ended with signal {sent.value} ({signal.strsignal(sent)})"

    run(scene)


def test_an_exit_is_no_answer(run):
    async def scene(workers):
        with pytest.raises(WorkerDied) as died:
            await workers.run(os._exit, 0, within=LONG)
        assert died.value.status == 0

    run(scene, count=1)


def test_a_deadline_ends_the_worker(run):
    async def scene(workers):
        await workers.ready()
        (pid,) = workers.pids()
        with pytest.raises(DeadlineOverrun):
            await workers.run(time.sleep, 600, within=0.1)
        assert state(pid) == ""
        assert await workers.run(os.getpid, within=LONG) != pid

    run(scene, count=1)


def test_all_idle_workers_are_killed_at_once(run):
    async def scene(workers):
        await workers.ready()
        before = workers.pids()
        assert len(before) == 2
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        assert await asyncio.gather(*(workers.run(abs, -at, within=LONG) for at in range(20))) == list(range(20))
        await until(lambda: len(workers.pids()) == 2)
        assert not set(before) & set(workers.pids())

    run(scene)


def test_tasks_that_wait_outlive_the_worker(run):
    async def scene(workers):
        await workers.ready()
        (pid,) = workers.pids()
        first = asyncio.create_task(workers.run(time.sleep, 600, within=LONG))
        waiting = [asyncio.create_task(workers.run(abs, -at, within=LONG)) for at in range(5)]
        await until(lambda: resting(pid))
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(WorkerDied):
            await first
        assert await asyncio.gather(*waiting) == list(range(5))

    run(scene, count=1)


def resting(pid: int) -> bool:
    """Whether a process is in a sleep of its own, and not waiting on its line."""
    return "nanosleep" in Path(f"/proc/{pid}/wchan").read_text()


def test_a_worker_that_dies_before_it_has_the_task_is_not_held_against_it(run):
    async def scene(workers):
        await workers.ready()
        (pid,) = workers.pids()
        os.kill(pid, signal.SIGSTOP)  # what is sent now waits on the line
        await until(lambda: state(pid) == "T")
        task = asyncio.create_task(workers.run(abs, -1, within=LONG))
        await asyncio.sleep(0.05)
        os.kill(pid, signal.SIGKILL)
        assert await task == 1

    run(scene, count=1)


def test_a_worker_that_hangs_before_it_has_the_task_is_ended_by_the_deadline(run):
    async def scene(workers):
        await workers.ready()
        (pid,) = workers.pids()
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(DeadlineOverrun):
            await workers.run(abs, -1, within=0.2)
        assert await workers.run(abs, -1, within=LONG) == 1

    run(scene, count=1)


def test_a_worker_killed_in_the_middle_of_its_answer(run):
    """Where a line is shared, what it had begun to say would be taken for the beginning of another's answer."""

    async def scene(workers):
        await workers.ready()
        (pid,) = workers.pids()
        answer = asyncio.create_task(workers.run(bytes, 64 << 20, within=LONG))
        while resident(pid) < 64 << 20:
            await asyncio.sleep(0)
        while state(pid) != "S":  # nobody reads meanwhile, so it sleeps with most of its answer still to be said
            time.sleep(0.001)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(WorkerDied):
            await answer
        assert await workers.run(abs, -1, within=LONG) == 1

    run(scene, count=1)


@pytest.mark.parametrize(
    "task",
    [
        pytest.param((bytes, MEMORY), id="at work"),
        pytest.param((bytes, MEMORY * 2 // 5), id="saying its answer"),
        pytest.param((len, b"x" * MEMORY), id="taking the task"),
    ],
)
def test_a_lack_of_memory_is_the_tasks_and_the_worker_ends_with_it(run, task):
    async def scene(workers):
        await workers.ready()
        (pid,) = workers.pids()
        with pytest.raises(MemoryError):
            await workers.run(*task, within=LONG)
        assert state(pid) == ""
        assert await workers.run(len, b"x", within=LONG) == 1

    run(scene, count=1, begin=(resource.setrlimit, resource.RLIMIT_AS, (MEMORY, MEMORY)))


def test_a_task_that_nobody_waits_for_any_more_frees_its_worker(run):
    async def scene(workers):
        await workers.ready()
        (pid,) = workers.pids()
        task = asyncio.create_task(workers.run(time.sleep, 600, within=LONG))
        await until(lambda: resting(pid))
        task.cancel()
        assert await workers.run(os.getpid, within=LONG) != pid

    run(scene, count=1)


# -- starts


def test_killed_while_they_start(run):
    async def scene(workers):
        ready = asyncio.create_task(workers.ready())
        for pid in await until(lambda: len(workers.pids()) == 2 and workers.pids()):
            os.kill(pid, signal.SIGKILL)
        await ready
        assert await workers.run(abs, -1, within=LONG) == 1

    run(scene, begin=(time.sleep, 0.3))


@pytest.mark.parametrize(
    ("begin", "why"),
    [
        pytest.param(
            (importlib.import_module, "no_such_module"), "ModuleNotFoundError: No module named 'no_such_module'", id="an import fails"
        ),
        pytest.param((os._exit, 7), "it ended while it started, with exit status 7", id="it exits"),
        pytest.param((signal.raise_signal, 9), "it ended while it started, with signal 9 (Killed)", id="it is killed every time"),
    ],
)
def test_no_worker_can_be_started(run, begin, why):
    """It is said and not tried for ever in one go; whoever waits for the first start is told."""

    async def scene(workers):
        with capture_logs() as logs, pytest.raises(WorkersUnavailable) as unavailable:
            await workers.ready()
        assert why in str(unavailable.value)
        assert workers.stalled
        assert workers.trouble.startswith(
            f"EDIGW-WORKER-E001 2 of 2 worker processes cannot be kept running: {why}; what arrives waits; next: "
        )
        assert [one["why"] for one in events(logs, "worker.cannot_run")] == [why, why]

    run(scene, begin=begin)


def test_a_memory_limit_in_which_no_worker_starts():
    async def scene():
        files = {"edigw.yaml": b"gateway: {name: hub, x12: [{qualifier: ZZ, id: US}]}\n"}
        files["partners/acme/acme.pub"] = bytes(32 << 20)  # more to unpack than the limit leaves
        pool = Pool(Generation.of(files).to_bytes(), memory=16 << 20)
        try:
            with pytest.raises(WorkersUnavailable, match="MemoryError"):
                await pool.warm()
        finally:
            await pool.stop()

    asyncio.run(asyncio.wait_for(scene(), 60))


def test_tasks_wait_while_none_can_be_started(run, tmp_path):
    there = tmp_path / "there"

    async def scene(workers):
        with capture_logs() as logs:
            task = asyncio.create_task(workers.run(abs, -1, within=0.5))
            await until(lambda: workers.stalled)
            assert not task.done()
            await until(lambda: not workers.stalled or there.touch() is None)
            assert await task == 1
            await until(lambda: not workers.trouble)
        assert len(events(logs, "worker.cannot_run")) == 1

    run(scene, count=1, begin=(os.stat, str(there)))


def test_one_place_without_a_worker_leaves_the_other_at_work(run, tmp_path):
    """The second start finds no file; so one place has its worker and the other has none."""
    ticket = tmp_path / "ticket"
    ticket.touch()

    async def scene(workers):
        await workers.ready()
        assert not workers.stalled
        assert workers.trouble.startswith("EDIGW-WORKER-E001 1 of 2 worker processes cannot be kept running: FileNotFoundError")
        assert "what arrives waits" not in workers.trouble
        assert await workers.run(abs, -1, within=LONG) == 1

    run(scene, begin=(os.unlink, str(ticket)))


def test_workers_that_die_as_soon_as_they_are_ready(run):
    """They are started ever more slowly, and it is said once."""

    async def scene(workers):
        await workers.ready()
        killed: set[int] = set()

        def kill() -> bool:
            for pid in set(workers.pids()) - killed:
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
            return bool(workers.trouble)

        with capture_logs() as logs:
            await until(kill)
            assert len(killed) == 3
            assert "it ended with signal 9 (Killed)" in workers.trouble or "it ended while it started" in workers.trouble
            assert len(events(logs, "worker.cannot_run")) == 1
            assert await workers.run(abs, -1, within=LONG) == 1
            await until(lambda: not workers.trouble)

    run(scene, count=1)


def test_the_fork_server_is_killed(run):
    async def scene(workers):
        parents = {int(Path(f"/proc/{await workers.run(os.getpid, within=LONG)}/stat").read_text().rpartition(")")[2].split()[1])}
        (server,) = parents
        before = workers.pids()
        os.kill(server, signal.SIGKILL)
        await until(lambda: len(workers.pids()) == 2 and not set(before) & set(workers.pids()))
        assert await asyncio.gather(*(workers.run(abs, -at, within=LONG) for at in range(9))) == list(range(9))
        await until(lambda: not [pid for pid in before if state(pid) not in ("", "Z")])

    run(scene)


# -- closing


def test_a_drain_lets_the_task_under_way_end_and_begins_no_other(run):
    async def scene(workers):
        await workers.ready()
        (pid,) = workers.pids()
        under_way = asyncio.create_task(workers.run(time.sleep, 0.3, within=LONG))
        waiting = asyncio.create_task(workers.run(abs, -1, within=LONG))
        await until(lambda: resting(pid))
        await workers.drain()
        assert await under_way is None
        for late in (waiting, workers.run(abs, -1, within=LONG)):
            with pytest.raises(WorkersClosed):
                await late

    run(scene, count=1)


def test_a_stop_cuts_off_what_is_under_way(run):
    async def scene(workers):
        await workers.ready()
        (pid,) = workers.pids()
        tasks = [asyncio.create_task(workers.run(time.sleep, 600, within=LONG)) for _ in range(3)]
        await until(lambda: resting(pid))
        await workers.stop()
        for task in tasks:
            with pytest.raises(WorkersClosed):
                await task
        assert state(pid) == ""

    run(scene, count=1)


def test_stopping_before_anything_was_started(run):
    async def scene(workers):
        await workers.stop()
        with pytest.raises(WorkersClosed):
            await workers.run(abs, -1, within=LONG)

    run(scene)


def test_workers_that_were_stopped_leave_nothing_open(run):
    """Their pipes are closed with them: who reads the configuration again all day must not run out of handles before a collection."""

    async def scene(workers):
        await workers.ready()  # the fork server has its own handles by now
        handles = len(list(Path("/proc/self/fd").iterdir()))
        kept = []
        for _ in range(3):
            others = Workers(2, gc.collect, preload="edigw.pool")
            await others.ready()
            await others.stop()
            kept.append(others)
        await until(lambda: len(list(Path("/proc/self/fd").iterdir())) <= handles)

    gc.collect()
    gc.disable()
    try:
        run(scene)
    finally:
        gc.enable()
