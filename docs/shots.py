"""Draws the pictures of the documentation: the program itself, opened on the demo, exports what is on its screen.

Run from the project's folder: ``python docs/shots.py [NAME…]``. It writes ``docs/review.svg`` for the front page and ``docs/tour/*.svg`` for the guide.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))


class Picture(NamedTuple):
    """What is drawn."""

    file: str
    keys: tuple[str, ...] = ()
    """The keys that lead there."""
    size: tuple[int, int] = (132, 36)
    outside: bool = False
    """Whether it is opened on no project."""


PICTURES = (
    Picture("review.svg", ("2", "down", "down", "down", "down"), (132, 38)),
    Picture("tour/doors.svg", (), (90, 22), outside=True),
    Picture("tour/start.svg"),
    Picture("tour/review.svg", ("2", "down")),
    Picture("tour/tiers.svg", ("3",)),
    Picture("tour/connections.svg", ("4",)),
    Picture("tour/networks.svg", ("5",)),
    Picture("tour/secrets.svg", ("6",)),
    Picture("tour/export.svg", ("a",)),
)


def main(names: list[str]) -> None:
    """Draw the pictures of those names, all without any."""
    with tempfile.TemporaryDirectory() as folder:
        # A copy: nothing of this machine's folders or of an earlier sitting is in the picture.
        os.environ["XDG_STATE_HOME"] = folder
        os.chdir(shutil.copytree(ROOT / "assets" / "demo" / "shop", Path(folder) / "shop"))
        for picture in PICTURES:
            if not names or picture.file in names:
                (ROOT / "docs" / picture.file).write_text(asyncio.run(drawn(picture)), encoding="utf-8")
                print(f"docs/{picture.file}")


async def drawn(picture: Picture) -> str:
    """The screen after some keys, as SVG."""
    from batten.session import Session
    from tui.app import BattenApp

    app = BattenApp(None if picture.outside else Session.open([Path("compose.yaml").absolute()]))
    async with app.run_test(size=picture.size) as pilot:
        for key in ("", *picture.keys):
            if key:
                await pilot.press(key)
            await app.workers.wait_for_complete()
            await pilot.pause()
        return without_fonts(app.export_screenshot(title="batten", simplify=True))


def without_fonts(svg: str) -> str:
    """The picture without fonts fetched from elsewhere, so that it looks the same wherever it is shown and calls nobody."""
    svg = re.sub(r"\s*<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"@font-face\s*\{.*?\}\s*", "", svg, flags=re.DOTALL)
    return re.sub(r"font-family:\s*Fira Code[^;]*;", "font-family: 'DejaVu Sans Mono', Menlo, Consolas, monospace;", svg)


if __name__ == "__main__":
    main(sys.argv[1:])
