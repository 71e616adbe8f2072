"""``python -m edigw``."""

from edigw.cli import main

if __name__ == "__main__":
    main(prog_name="edigw")
