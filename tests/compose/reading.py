"""What the tests of the reader share."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from batten.compose import discover, load_project
from batten.errors import InputError
from batten.model import Origin, Project


def written(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write ``files`` below ``folder``; the folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def load(folder: Path, files: Mapping[str, str | bytes], *names: str, environ: Mapping[str, str] | None = None, **options: Any) -> Project:
    """The project of ``files``: those called ``names``, or what a folder stands for."""
    written(folder, files)
    paths = [folder / name for name in names] or discover(folder, environ or {})
    return load_project(paths, environ=environ or {}, **options)


def read(folder: Path, files: Mapping[str, str | bytes], *names: str, **options: Any) -> Any:
    """The resolved tree of ``files`` as plain data."""
    return load(folder, files, *names, **options).tree.plain()


def refused(folder: Path, files: Mapping[str, str | bytes], *names: str, **options: Any) -> InputError:
    """The error with which ``files`` are refused; it always has a place or at least a file."""
    with pytest.raises(InputError) as caught:
        load(folder, files, *names, **options)
    assert caught.value.span or caught.value.file
    return caught.value


def places(origin: Origin) -> list[tuple[str, int]]:
    """File name and line of every place of an origin."""
    return [(Path(span.file).name, span.line) for span in (origin.primary, *origin.related)]
