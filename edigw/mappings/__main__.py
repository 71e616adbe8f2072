"""``python -m edigw.mappings``: compose the package's maps and tables anew."""

import sys

from edigw.mappings import composed

sys.exit(composed.main())
