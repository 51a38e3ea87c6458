"""What tests of several rooms share."""

from __future__ import annotations

from pathlib import Path

from batten.compose import load_project
from batten.model import Project


def project_of(text: str, tmp_path: Path, **files: str) -> Project:
    """The project that ``text`` makes as ``shop/compose.yaml`` below ``tmp_path``.

    Other files are given by name with ``__`` for a slash and ``_dot_`` for a dot: ``_dot_env="A=1"`` writes ``.env``.
    """
    folder = tmp_path / "shop"
    folder.mkdir(exist_ok=True)
    for name, content in {"compose_dot_yaml": text, **files}.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="")
    return load_project([folder / "compose.yaml"], environ={})
