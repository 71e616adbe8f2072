"""Worker processes that may die at any moment, each on a line of its own.

The decision behind it: workers share nothing. Where several read one pipe under one lock, as in
the pools of the standard library and of pebble, one that is killed with the lock in its hand or
in the middle of an answer stops all the others for ever, and nobody knows which task it had.
Here a death cuts one line, whose task is known, and another process takes the place.

What a task is does not matter here.
"""

from edigw.workers.places import Workers, WorkersClosed, WorkersUnavailable
from edigw.workers.worker import DeadlineOverrun, WorkerDied, ending

__all__ = ["DeadlineOverrun", "WorkerDied", "Workers", "WorkersClosed", "WorkersUnavailable", "ending"]
