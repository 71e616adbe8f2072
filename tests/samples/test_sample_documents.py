"""Every folder under samples/ with a document.json: what ``translate`` prints for its in.edi."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from edigw import documents
from edigw.cli import main

SAMPLES = Path(__file__).parents[2] / "samples"
ORDERS = sorted(folder.name for folder in SAMPLES.iterdir() if (folder / "in.edi").is_file())


def translated(folder):
    ran = CliRunner().invoke(main, ["translate", str(SAMPLES / folder / "in.edi")])
    return [json.loads(line) for line in ran.stdout.splitlines()]


def expected(folder):
    file = SAMPLES / folder / "document.json"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def without_digest(document):
    """The map's digest changes with the dictionary; the name in front of it does not."""
    document["source"]["map"] = document["source"]["map"].partition("@")[0]
    return document


@pytest.mark.parametrize("folder", ORDERS)
def test_the_document_of_a_sample(folder):
    assert [without_digest(document) for document in translated(folder)] == expected(folder)


@pytest.mark.parametrize("folder", ORDERS)
def test_a_samples_document_is_written_as_we_write_it(folder):
    """Member order and all: a document read and finished again is the same text."""
    file = SAMPLES / folder / "document.json"
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        assert documents.finish(json.loads(line)["document"], json.loads(line)).json.decode() == line


def test_the_bad_order_without_a_number_makes_no_document():
    assert expected("orders-x12-850-no-number") == []
    assert translated("orders-x12-850-no-number") == []
