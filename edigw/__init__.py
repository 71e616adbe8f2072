"""edigw: an EDI translation and exchange gateway for X12 and EDIFACT.

Pure rooms around one ledger. ``docs/architecture.md`` is the map of the house.
"""

__version__ = "0.1.0"
