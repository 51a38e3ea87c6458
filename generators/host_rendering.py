"""What the files of a host have in common: one way to fill a template, in which every stranger's word is quoted."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

import assets
from batten.model import GeneratedFile
from batten.report.terminal import plain
from generators.markdown import code, prose

if TYPE_CHECKING:
    import jinja2

PROGRAM, TEXT = 0o755, 0o644
"""Modes of what is run and of what is read."""


def rendered(path: str, template: str, purpose: str, *, mode: int = TEXT, **facts: object) -> GeneratedFile:
    """A file from a template below ``assets/templates/host``."""
    return GeneratedFile(path, text_of(template, **facts).encode(), mode, purpose=purpose)


def text_of(template: str, **facts: object) -> str:
    """A template, filled."""
    return _template(template).render(**facts)


@cache
def _template(name: str) -> jinja2.Template:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([assets.path("templates/host"), assets.path("templates")]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters.update(sh=shlex.quote, words=words, prose=prose, code=code, comment=plain)
    return environment.get_template(name)


def words(texts: Iterable[str]) -> str:
    """Words of a shell command, each quoted."""
    return " ".join(shlex.quote(text) for text in texts)
