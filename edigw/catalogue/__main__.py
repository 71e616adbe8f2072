"""Write the pages of the catalogue: ``python -m edigw.catalogue DIR``."""

from __future__ import annotations

import sys
from pathlib import Path

from edigw.catalogue import pages


def written() -> dict[str, str]:
    """File name -> text, the index among them."""
    made = {f"{code}.md": pages.markdown(pages.page(code)) for code in pages.codes()}
    return {"README.md": pages.index(), **made}


def main(arguments: list[str]) -> int:
    """Exit status 0: written, and pages of codes that are gone removed; 2: misused."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m edigw.catalogue DIR\n")
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    made = written()
    for old in folder.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")
    sys.stderr.write(f"{folder}: {len(made)} pages\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
