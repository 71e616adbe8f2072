"""Imported last by the fork server of the workers: what it holds by then is there for good.

The collector leaves it alone from now on, in every worker that is forked, and its pages stay
shared by all of them. For no other process to import.
"""

import gc

gc.collect()
gc.freeze()
