"""``python -m batten``."""

from __future__ import annotations

import sys

from batten.cli import main

if __name__ == "__main__":
    sys.exit(main())
