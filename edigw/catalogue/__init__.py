"""The error catalogue: every code with what it means, an example and what to do.

The words stand in ``faults``, ``advice``, ``codes`` and ``agreements``; the example of a fault
is a small file (``examples``) that is judged when its page is made. ``python -m
edigw.catalogue DIR`` writes the pages of docs/errors.
"""
