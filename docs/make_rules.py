"""Writes the pages of the rules into docs/rules/ from the rules' own docstrings: ``python docs/make_rules.py``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parent / "rules"


def pages() -> Mapping[str, str]:
    """Every file of the folder by name, as it should be."""
    from batten.review import catalogue
    from batten.review.pages import index, page

    rows = [f"| [{name}]({name}.md) | {severity} | {sentence} |" for name, severity, sentence in index()]
    table = "\n".join(["| rule | severity | what it finds |", "|---|---|---|", *rows])
    start = f"# Rules\n\nWhat `batten review` looks for. `batten rules NAME` shows the same pages.\n\n{table}\n"
    return {"README.md": start, **{f"{name}.md": page(name) for name in catalogue.every_name()}}


def write() -> None:
    """Bring the folder up to date; a page whose rule is gone goes too."""
    FOLDER.mkdir(exist_ok=True)
    wanted = pages()
    for old in FOLDER.glob("*.md"):
        if old.name not in wanted:
            old.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))
    write()
