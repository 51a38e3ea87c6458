"""Draws the pictures of the documentation: the program itself, opened on the demo, exports what is on its screen.

Run from the project's folder: ``python docs/shots.py``. It writes ``docs/review.svg`` (and the other pictures, where asked with ``--all``).
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

SIZE = (132, 38)
PICTURES = {
    "start": (),
    "review": ("2", "down", "down", "down", "down"),
    "networks": ("5", "down"),
    "export": ("a",),
}
"""Picture → the keys that lead there."""


def main(names: list[str]) -> None:
    """Draw the pictures of those names."""
    with tempfile.TemporaryDirectory() as folder:
        # A copy: nothing of this machine's folders or of an earlier sitting is in the picture.
        os.environ["XDG_STATE_HOME"] = folder
        shop = Path(shutil.copytree(ROOT / "assets" / "demo" / "shop", Path(folder) / "shop"))
        os.chdir(shop)
        for name in names:
            svg = asyncio.run(drawn(shop / "compose.yaml", PICTURES[name]))
            (ROOT / "docs" / f"{name}.svg").write_text(svg, encoding="utf-8")
            print(f"docs/{name}.svg")


async def drawn(compose: Path, keys: tuple[str, ...]) -> str:
    """The screen after some keys, as SVG."""
    from batten.session import Session
    from tui.app import BattenApp

    app = BattenApp(Session.open([compose]))
    async with app.run_test(size=SIZE) as pilot:
        for key in ("", *keys):
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
    main(list(PICTURES) if "--all" in sys.argv else ["review"])
