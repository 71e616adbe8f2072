"""Files that arrive: take, archive, retire, judge, record. Table of contents of the room.

ready -> claim -> archive -> retire at the source -> split -> route -> judge -> answer
recorded with its delivery -> documents due. Every step is one transaction and may run
twice; a kill between two of them is carried on by the next start or by whoever finds the
lease ended.
"""

from edigw.inbound.flow import Current, Inbound
from edigw.inbound.inlets import Inlet
from edigw.inbound.outcome import Setting
from edigw.inbound.tails import complete

__all__ = ["Current", "Inbound", "Inlet", "Setting", "complete"]
