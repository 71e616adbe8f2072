"""Compile the plain JSON dictionaries into the packs that come with the package.

    python -m edigw.standards.compile SOURCE [TARGET]

SOURCE is the folder of dictionaries (``manifest.json``, ``x12/``, ``edifact/``); TARGET
defaults to the package's own ``data``. A tool for those who change the dictionaries;
nothing here runs in the gateway. The output depends on SOURCE alone: the same folder
gives the same bytes, so a change of the packs is always a change of the dictionaries.

Left out: the codes GS1 adds in EANCOM (incomplete, and under a licence of their own).
An unknown code of an EANCOM message is only noted, so nothing hangs on them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from edigw.standards import pack

#: Values of one family by their name in the pack.
Values = dict[str, Any]


def main(arguments: list[str]) -> int:
    """Exit status 0: written; 2: the source is not there."""
    if not 1 <= len(arguments) <= 2:
        sys.stderr.write("usage: python -m edigw.standards.compile SOURCE [TARGET]\n")
        return 2
    source = Path(arguments[0])
    if not (source / "manifest.json").is_file():
        sys.stderr.write(f"{source}: no manifest.json here, so no dictionaries\n")
        return 2
    target = Path(arguments[1]) if len(arguments) == 2 else Path(__file__).parent / "data"
    target.mkdir(parents=True, exist_ok=True)
    for name, data in compiled(source).items():
        (target / name).write_bytes(data)
        sys.stderr.write(f"{target / name}: {len(data)} bytes\n")
    return 0


def compiled(source: Path) -> dict[str, bytes]:
    """File name to bytes: one pack for each family."""
    manifest = _json(source / "manifest.json")
    families = {"x12": _x12, "edifact": _edifact}
    return {f"{name}.pack": pack.write(family(source / name, manifest[name])) for name, family in families.items()}


def _x12(folder: Path, manifest: Any) -> Values:
    envelope = _json(folder / "envelope.json")
    isa = {f"ISA{version}": segment for version, segment in envelope["isa"].items()}
    values: Values = {
        "order": manifest["order"],
        "messages": manifest["messages"],
        "service/": _dictionary({"segments": {**envelope["segments"], **isa}, "elements": envelope["elements"]}),
    }
    groups: dict[str, str] = {}
    for kind, releases in manifest["messages"].items():
        for release in sorted(set(releases.values())):
            table = _json(folder / "messages" / kind / f"{release}.json")
            values[f"table/{kind}/{release}"] = {"name": table["name"], "rows": [_x12_row(row) for row in table["table"]]}
            groups[kind] = table["group"]
    values["groups"] = groups
    for release in manifest["order"]:
        values[f"dictionary/{release}"] = _dictionary(_json(folder / release / "dict.json"))
    for element, ranges in _json(folder / "codes.json").items():
        values[f"codes/{element}"] = ranges
    for element, codes in envelope["codes"].items():  # the envelope's own elements; where X12 lists one by release, that list holds
        values.setdefault(f"codes/{element}", {"": codes})
    return values


def _edifact(folder: Path, manifest: Any) -> Values:
    values: Values = {"order": manifest["order"], "messages": manifest["messages"]}
    for kind, releases in manifest["messages"].items():
        for release in sorted(set(releases.values())):
            table = _json(folder / "messages" / kind / f"{release}.json")
            values[f"table/{kind}/{release}"] = {"name": table["name"], "rows": [_edifact_row(row) for row in table["table"]]}
    for release in manifest["order"]:
        values[f"dictionary/{release}"] = _dictionary(_json(folder / release / "dict.json"))
    for version in "1234":
        values[f"service/{version}"] = _dictionary(_json(folder / "service" / f"{version}.json"))
    for element, ranges in _json(folder / "codes.json").items():
        values[f"codes/{element}"] = {span: sorted(codes) for span, codes in ranges.items()}
        values[f"names/{element}"] = {code: name for codes in ranges.values() for code, name in codes.items()}
    for element, codes in _json(folder / "service" / "codes.json").items():
        values[f"codes/{element}"] = {"": sorted(codes)}
        values[f"names/{element}"] = codes
    return values


def _dictionary(source: Any) -> Values:
    """Segments and composites as ``[name, references, notes]``; elements as they are."""
    return {
        "segments": {tag: _parts(segment) for tag, segment in source["segments"].items()},
        "composites": {key: _parts(composite) for key, composite in source.get("composites", {}).items()},
        "elements": source["elements"],
    }


def _parts(entry: Any) -> list[str]:
    return [entry["name"], " ".join(entry["el"]), " ".join(entry.get("notes", ()))]


def _x12_row(row: Any) -> list[Any]:
    if isinstance(row, dict):
        return [row["loop"], row["req"], row["max"] or 0, [_x12_row(inner) for inner in row["table"]]]
    tag, required, most = row
    return [tag, required, most or 0]


def _edifact_row(row: Any) -> list[Any]:
    if isinstance(row, dict):
        return [row["loop"], row["req"], row["max"] or 0, [_edifact_row(inner) for inner in row["table"]]]
    _, tag, required, most = row
    return [tag, required, most or 0]


def _json(path: Path) -> Any:
    return json.loads(path.read_bytes())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
