"""One node of the gateway: its life, how it takes a new configuration, and the nodes beside it. Table of contents of the room."""

from edigw.daemon.life import Daemon
from edigw.daemon.nodes import InstanceTaken

__all__ = ["Daemon", "InstanceTaken"]
