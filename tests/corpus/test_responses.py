"""Every collected 855 and ORDRSP with a valid envelope becomes a response one can act on.

The measure, through ``translate``: its number and the order's, a date, a party, and lines
that say what becomes of them. What a message does not hold is not asked of it; what a file
lacks all the same stands in EXPLAINED with the reason, and that is nothing.
"""

import json
from collections import Counter

import pytest
from click.testing import CliRunner
from collected import FOLDER, needed, paths, sent

from edigw import mappings, standards
from edigw.cli import main
from edigw.standards import walk

MAPS = {"855": "x12/855", "ORDRSP": "edifact/ORDRSP"}
BOUND = 0.95  # of the elements between header and trailer

#: path -> (what its responses lack, why).
EXPLAINED: dict[str, tuple[str, str]] = {}

#: Generated to hold every segment of the message once, with filler text; what they say is said by nobody.
FILLED = {"edifact/ordrsp/edireader-orders-d01b-unoc.edi", "edifact/ordrsp/edireader-orders-d01b-unod.edi"}
FILLED_BOUND = 0.70

pytestmark = needed


def carries(response):
    """What of number, order, dates, parties and lines a response carries."""
    parties = ("buyer", "seller", "ship_to", "bill_to", "ship_from", "parties")
    lines = response.get("lines", [])
    return {
        *(["number"] if response.get("number") else []),
        *(["order"] if "order_number" in response or any("order_number" in line for line in lines) else []),
        *(["dates"] if any(name.endswith("_on") or name == "dates" for name in response) else []),
        *(["parties"] if any(name in response for name in parties) else []),
        *(["lines"] if lines else []),
        *(["answers"] if lines and any("confirmed" in line for line in lines) else []),
    }


def holds(message):
    """The same of a message: what its segments hold at all."""
    cuts = message.segments()
    tags = {cut[0] for cut in cuts}
    orders = [cut for cut in cuts if cut[0] == "BAK" or (cut[0] == "RFF" and isinstance(cut[1], list) and cut[1][0] == "ON")]
    said = [cut for cut in cuts if cut[0] == "LIN" and len(cut) > 2 and cut[2] in ("3", "4", "5", "6", "7", "10")]
    return {
        "number",
        *(["order"] if orders else []),
        *(["dates"] if tags & {"BAK", "DTM"} else []),
        *(["parties"] if tags & {"N1", "NAD"} else []),
        *(["lines"] if tags & {"PO1", "LIN"} else []),
        *(["answers"] if "ACK" in tags or said else []),
    }


def lacking(path):
    """What is missing in the responses that ``translate`` makes of a file, for people; empty if nothing."""
    ran = CliRunner().invoke(main, ["translate", str(FOLDER / path)])
    assert ran.exception is None or isinstance(ran.exception, SystemExit)
    responses = [document for document in map(json.loads, ran.stdout.splitlines()) if document["document"] == "order_response"]
    messages = [message for _, message in sent(path, MAPS)]
    assert messages
    if len(responses) != len(messages):
        return f"{len(messages)} messages, {len(responses)} responses"
    for response, message in zip(responses, messages, strict=True):
        if missing := holds(message) - carries(response):
            return f"message {message.control_number} lacks {', '.join(sorted(missing))}"
    return ""


@pytest.mark.parametrize("path", paths(MAPS))
def test_a_response_one_can_act_on(path):
    assert lacking(path) == EXPLAINED.get(path, ("", ""))[0]


def test_what_is_explained_is_there():
    assert set(EXPLAINED) | FILLED <= set(paths(MAPS))


@pytest.mark.parametrize(
    ("kind", "filled", "least"),
    [("855", False, BOUND), ("ORDRSP", False, BOUND), ("ORDRSP", True, FILLED_BOUND)],
    ids=["855", "ORDRSP", "ORDRSP with all there is"],
)
def test_the_share_of_elements_bound(kind, filled, least):
    """What stands in the messages against what stands in ``unmapped``."""
    library = mappings.Library({})
    count = Counter()
    for path in paths(MAPS):
        for interchange, message in sent(path, MAPS) if (path in FILLED) is filled else ():
            if message.type != kind:
                continue
            standard = standards.find(interchange.syntax, kind, message.release)
            walked = walk.walk(message, standard)
            found = library.program(MAPS[kind], standard).read(walked.root, message, walked.unplaced)
            count["sent"] += sum(values(cut[1:]) for cut in message.segments()[1:] if cut[0] not in ("SE", "UNT", "UNS"))
            count["left"] += len(found.unmapped)
    assert 1 - count["left"] / count["sent"] >= least


def values(element):
    return int(bool(element)) if isinstance(element, str) else sum(values(part) for part in element)
