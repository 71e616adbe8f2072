"""How fast interchanges are read, as a share of what splitting their text costs at least.

    python bench/parse.py [--megabytes 8] [--rounds 7]

The yardstick ``split_str`` reads the file, decodes it as latin-1 and splits it at the
terminator and every segment at the element separator; it knows no release character, no
component, no envelope. ``parse`` is ``split`` and ``read`` with every element of every segment
handed out as text, envelope checks included. Both run in one process on the same file, in
turns; the least time of the rounds counts. ``gc.freeze()`` is called once, as the daemon does.
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from edigw import parsers
from edigw.model import Interchange

ITEMS = 12  #: lines an order has, near what retail partners send


def x12(size: int) -> bytes:
    """One interchange of about *size* bytes: 850s of 12 lines."""
    order = []
    for line in range(1, ITEMS + 1):
        order += [f"PO1*{line}*{line * 12}*EA*{line}.25**UP*0614141{line:05}*VN*AB{line:04}*IN*0653{line:05}", "PID*F****SMALL WIDGET, BLUE", "PO4*4*6*EA*PLT94"]
    sets = []
    number = made = 0
    while made < size:
        number += 1
        body = [f"ST*850*{number:04}", f"BEG*00*SA*PO-{number:07}**20261120", "CUR*BY*USD", "REF*IA*0031415", "REF*DP*038", "PER*BD*JANE DOE*TE*2145550100",
                "FOB*PP*OR*DALLAS", "ITD*01*3*2**30**31", "DTM*010*20261125", "DTM*063*20261130", "TD5**2*UPSN*M*UPS GROUND",
                "N1*BT*ACME RETAIL INC*UL*1234567890123", "N3*1 MAIN STREET", "N4*DALLAS*TX*75201*US", "N1*ST*ACME DC 4*UL*1234567890124", "N3*400 DOCK ROAD",
                "N4*MEMPHIS*TN*38118*US", *order, f"CTT*{ITEMS}", f"AMT*TT*{number}.00"]  # fmt: skip
        text = "~".join([*body, f"SE*{len(body) + 1}*{number:04}", ""])
        sets.append(text)
        made += len(text)
    head = "ISA*00*          *00*          *ZZ*ACMESTORES     *ZZ*OURCOMPANY     *261120*1530*U*00401*000000001*0*P*>~"
    return f"{head}GS*PO*ACME*OUR*20261120*1530*1*X*004010~{''.join(sets)}GE*{number}*1~IEA*1*000000001~".encode()


def edifact(size: int) -> bytes:
    """One interchange of about *size* bytes: ORDERS of 12 lines, one segment in thirty with a released character."""
    order = []
    for line in range(1, ITEMS + 1):
        text = "SMALL WIDGET 3?' BLUE" if line % 4 == 0 else "SMALL WIDGET, BLUE"
        order += [f"LIN+{line}++40123450000{line:02}:EN", f"PIA+1+AB{line:04}:SA", f"IMD+F++:::{text}", f"QTY+21:{line * 12}:PCE", f"PRI+AAA:{line}.25:CT::1:PCE", "RFF+PL:2026-7"]
    messages = []
    number = made = 0
    while made < size:
        number += 1
        body = [f"UNH+{number}+ORDERS:D:96A:UN:EAN008", f"BGM+220+PO-{number:07}+9", "DTM+137:20261120:102", "DTM+2:20261125:102", "FTX+AAI+++PLEASE RING BEFORE DELIVERY",
                "RFF+CT:C-9", "NAD+BY+4012345000009::9", "CTA+PD+:JANE DOE", "COM+0301234567:TE", "NAD+SU+4098765000002::9", "NAD+DP+4012345000016::9++ACME WERK 4+DOCKSTR. 1+BERLIN++10115+DE",
                "CUX+2:EUR:9", "PAT+1++5:3:D:30", "TOD+3++DAP", *order, "UNS+S", f"MOA+86:{number}.00", f"CNT+2:{ITEMS}"]  # fmt: skip
        text = "'".join([*body, f"UNT+{len(body) + 1}+{number}", ""])
        messages.append(text)
        made += len(text)
    head = "UNA:+.? 'UNB+UNOC:3+4012345000009:14+4098765000002:14+261120:1530+4711'"
    return f"{head}{''.join(messages)}UNZ+{number}+4711'".encode()


def yardstick(path: Path, terminator: str, element: str) -> int:
    """``split_str``: the least that anybody's reading of the file costs."""
    count = 0
    for segment in path.read_bytes().decode("latin-1").split(terminator):
        count += len(segment.split(element))
    return count


def parse(path: Path) -> int:
    """Every element of every segment as text, through ``split`` and ``read``."""
    data = path.read_bytes()
    count = 0
    for part in parsers.split(data):
        if isinstance(part, Interchange):
            reading = parsers.read(data, part)
            for message in reading:
                for cut in message.segments():
                    count += len(cut)
                if message.faults:
                    raise SystemExit(f"the benchmark's own file is faulty: {message.faults[0]}")
            if not part.closed or reading.faults or any(group.faults for group in reading.groups):
                raise SystemExit("the benchmark's own envelope is faulty")
    return count


def least(rounds: int, *works: Callable[[], int]) -> list[float]:
    """The least seconds each work took, the works taking turns."""
    best = [float("inf")] * len(works)
    for _ in range(rounds):
        for i, work in enumerate(works):
            start = time.perf_counter()
            work()
            best[i] = min(best[i], time.perf_counter() - start)
    return best


def main(argv: list[str]) -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--megabytes", type=int, default=8)
    options.add_argument("--rounds", type=int, default=7)
    chosen = options.parse_args(argv)
    gc.freeze()
    with tempfile.TemporaryDirectory() as folder:
        for name, make, terminator, element, target in (("x12", x12, "~", "*", 0.35), ("edifact", edifact, "'", "+", 0.18)):
            path = Path(folder) / f"{name}.edi"
            path.write_bytes(make(chosen.megabytes * 1_000_000))
            size = path.stat().st_size / 1e6
            by_split, by_parse = least(chosen.rounds, lambda p=path, t=terminator, e=element: yardstick(p, t, e), lambda p=path: parse(p))
            ratio = by_split / by_parse
            verdict = "ok" if ratio >= target else "SLOW"
            print(f"{name:8} split_str {size / by_split:6.1f} MB/s   parse {size / by_parse:6.1f} MB/s   ratio {ratio:.2f}   target {target:.2f}   {verdict}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
