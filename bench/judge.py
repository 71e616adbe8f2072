"""What judging costs: documents a second in one process, against the yardstick of cutting the same bytes.

Judging is everything a pool task does with a file: envelopes, routing, check, map, document,
and the answer's parts. The yardstick is `split_str`: decode, and `split` on terminator and
element separator, on the same bytes in the same run. The collector is off for both, as
`gc.freeze` leaves it in a worker.

    python bench/judge.py
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from pathlib import Path

from edigw import judge
from edigw.mappings import Library

SAMPLES = Path(__file__).parent.parent / "samples"
ROUNDS = 5
FILES = 200


def split_str(data: bytes) -> None:
    text = data.decode("latin-1")
    terminator, element = ("~", "*") if text.startswith("ISA") else ("'", "+")
    for segment in text.split(terminator):
        segment.split(element)


def fastest(work: Callable[[bytes], object], data: bytes) -> float:
    """Seconds for one file, in the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        for _ in range(FILES):
            work(data)
        best = min(best, (time.perf_counter() - begin) / FILES)
    return best


def main() -> int:
    samples = sorted(SAMPLES.rglob("in.edi"))
    library = Library({})
    gc.disable()
    for path in samples:
        data = path.read_bytes()
        found = judge.file(data, path.name, "", None, library)
        messages = sum(len(one.judged.messages) for one in found.found if one.judged)
        if not messages:
            continue
        judged = fastest(lambda data: judge.file(data, "bench.edi", "", None, library), data)
        yardstick = fastest(split_str, data)
        name = path.parent.name
        print(f"{name:34} {len(data):6} bytes, {messages} messages: {judged * 1e6 / messages:7.0f} us a message, {yardstick / judged:.3f} of split_str")
    return 0


if __name__ == "__main__":
    sys.exit(main())
