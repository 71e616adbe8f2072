"""Run the daemon of the instance given, and nothing of the command line around it."""

import asyncio
import sys
from pathlib import Path

from edigw.daemon import Daemon

if __name__ == "__main__":  # judging processes import this module again
    sys.exit(asyncio.run(Daemon(Path(sys.argv[1])).run()))
