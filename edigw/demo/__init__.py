"""The demo: an instance with two partners, their samples sent over SFTP, and a back office that receives.

Nothing here is a shortcut. The gateway is the one that ``edigw run`` starts, the partners log
in with keys of their own, the back office is another process that verifies signatures.
"""

from edigw.demo import ports
from edigw.demo.making import InUse, Made, make
from edigw.demo.ports import NoPort
from edigw.demo.running import run
from edigw.demo.terminal import foreground

__all__ = ["InUse", "Made", "NoPort", "foreground", "make", "ports", "run"]
