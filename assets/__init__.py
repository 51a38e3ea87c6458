"""The data that ships with batten, and the one way to load it."""

from __future__ import annotations

import marshal
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any


def path(name: str) -> Path:
    """The place of a shipped file or folder, e.g. ``path("demo/shop")``."""
    return Path(__file__).parent / name


@cache
def load_yaml(name: str) -> Any:
    """The content of a shipped YAML file. It is read once and shared by all callers, so nobody may change it.

    Reading YAML costs twenty times what its content needs to load, so that is kept where Python keeps compiled modules, and made anew
    when the file has changed.
    """
    source = path(name)
    compiled = _compiled(source)
    status = source.stat()
    stamp = (status.st_mtime_ns, status.st_size)
    try:
        kept, content = marshal.loads(compiled.read_bytes())
    except (OSError, ValueError, EOFError, TypeError):
        kept, content = None, None
    if kept != stamp:
        content = _read(source)
        if not sys.dont_write_bytecode:
            _keep(compiled, marshal.dumps((stamp, content)))
    return content


def _read(source: Path) -> Any:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with source.open("rb") as stream:
        return yaml.load(stream, Loader=loader)


def _compiled(source: Path) -> Path:
    """Where the content of a file is kept: beside it, or below the folder that Python was told to use."""
    name = f"{source.name}.{sys.implementation.cache_tag}"
    if sys.pycache_prefix is None:
        return source.parent / "__pycache__" / name
    return Path(sys.pycache_prefix, *source.parent.parts[1:], name)


def _keep(compiled: Path, content: bytes) -> None:
    """Write it whole or not at all; where nothing may be written, the next process reads the YAML again."""
    half = compiled.with_name(f"{compiled.name}.{os.getpid()}")
    try:
        compiled.parent.mkdir(parents=True, exist_ok=True)
        half.write_bytes(content)
        half.replace(compiled)
    except OSError:
        return
