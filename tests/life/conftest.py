"""A daemon as a process, a back office that remembers, and partners that send."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import beside
import pytest

SECRET = "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="


HERE = Path(__file__).parent


@pytest.fixture
def make_gateway(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """``make_gateway(**settings)``: an instance with its own back office; both end with the test."""
    sinks, gateways = beside.module(HERE.parent / "wire" / "sink.py"), beside.module(HERE / "gateway.py")
    with ExitStack() as stack:

        def make(**settings: Any) -> Any:
            name = f"gateway{len(list(tmp_path.glob('gateway*')))}"
            sink = stack.enter_context(sinks.running(tmp_path / f"{name}.jsonl", SECRET))
            gateway = gateways.Gateway(tmp_path / name, _WithSecret(sink), **settings)
            stack.callback(gateway.close)
            return gateway

        yield make


class _WithSecret:
    def __init__(self, sink: Any) -> None:
        self._sink = sink
        self.secret = SECRET

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sink, name)


@pytest.fixture
def partner_server(tmp_path: Path) -> Iterator[Any]:
    """A partner's own SFTP server, which outlives the gateway and misbehaves on demand."""
    with beside.module(HERE.parent / "wire" / "partner.py").serving(tmp_path / "partner") as server:
        yield server


@pytest.fixture
def gateway(make_gateway: Callable[..., Any]) -> Any:
    return make_gateway()


@pytest.fixture
def traffic() -> Any:
    return beside.module(HERE / "traffic.py").Traffic()


@pytest.fixture(scope="session")
def traffic_module() -> ModuleType:
    """The module of ``traffic``, for files that no ``Traffic`` makes."""
    return beside.module(HERE / "traffic.py")


@pytest.fixture(scope="session")
def smalldisk() -> ModuleType:
    """The module that mounts small file systems."""
    return beside.module(HERE / "smalldisk.py")


@pytest.fixture(scope="session")
def wait_until() -> Callable[..., Any]:
    return beside.module(HERE / "gateway.py").wait_until
