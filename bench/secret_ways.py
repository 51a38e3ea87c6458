"""How the credentials of projects go: read from a file by the image, through a start script, or kept, and why.

Run as ``python -m bench.secret_ways FOLDER``; the folder is as for ``labels.py``. No value is printed.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from batten.design.sections import secrets
from batten.design.sections.secrets import KEEP, WAYS
from batten.inference.credentials import find_credentials
from bench.labels import projects

_WHY = ("value", "starts is not known", "has a shell", "command is not known", "shell", "same line", "same place")


def why(reason: str) -> str:
    """A kept credential's reason without names."""
    return next((word for word in _WHY if word in reason), "another")


def main(folder: str) -> int:
    """Print the shares of all labelled projects together, and what keeps credentials where they are."""
    ways: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    for label, project in projects(Path(folder)):
        decisions = secrets.propose(project, find_credentials(project))
        own = Counter(one.how for one in decisions)
        ways.update(own)
        kept.update(why(one.reason) for one in decisions if one.how == KEEP)
        print(f"{label['slug']}: " + ", ".join(f"{way} {own[way]}" for way in WAYS))
    total = max(1, ways.total())
    print("TOTAL " + ", ".join(f"{way} {ways[way]} ({ways[way] / total:.0%})" for way in WAYS) + f" of {ways.total()}")
    print("kept: " + ", ".join(f"{count} {word}" for word, count in kept.most_common()))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
