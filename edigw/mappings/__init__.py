"""Maps: one YAML, read both ways, between a message's segments and a canonical document.

Pure. ``Library`` holds the maps by name, a ``Program`` is one of them compiled for one
release of one message. The check program does not come from here: what a message must
hold is said by the standard and the partner's guide alone.

    library = Library({"acme/850": ("partners/acme/maps/850.yaml", data)})
    program = library.program("acme/850", standards.find("x12", "850", "004010"))
    program.read(checked.root, message).document
    program.write(document, delimiters=X12_DELIMITERS, charset="ascii")
"""

from edigw.mappings.library import Library, Program
from edigw.mappings.reading import Read

__all__ = ["Library", "Program", "Read"]
