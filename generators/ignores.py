"""``.gitignore`` and ``.dockerignore``: what holds secrets stays out of repositories and of build contexts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from batten.errors import WriteError
from batten.hardening import Hardening
from batten.model import GeneratedFile

NAMES = {".gitignore": "keeps secrets out of the repository", ".dockerignore": "keeps secrets out of images"}
LINES = ("secrets/", "tls/", "mtls/", ".env", ".batten/")
_HEADING = "# What holds secrets"


def files(hardening: Hardening) -> Iterator[GeneratedFile]:
    """Both files; what is in them already stays, and what is missing is added at the end."""
    for name, purpose in NAMES.items():
        text = _read(hardening.home / name)
        yield GeneratedFile(name, completed(text).encode(), purpose=purpose)


def open_contexts(hardening: Hardening) -> tuple[str, ...]:
    """Folders that images are built from and that hold our ``secrets/`` without our ``.dockerignore`` being the one that counts."""
    found = []
    for service in hardening.after.services.values():
        context = Path(service.build_context)
        if service.build_context and context.is_absolute() and hardening.home.is_relative_to(context):
            dockerfile = context / (service.dockerfile or "Dockerfile")
            if context != hardening.home or dockerfile.with_name(f"{dockerfile.name}.dockerignore").exists():
                found.append(str(context))
    return tuple(dict.fromkeys(found))


def builds_here(hardening: Hardening) -> bool:
    """Whether an image is built from the project's own folder, so that our ``.dockerignore`` keeps files out of it."""
    return any(service.build_context == str(hardening.home) for service in hardening.after.services.values())


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode() if path.is_file() else ""
    except (OSError, UnicodeDecodeError):
        raise WriteError("nothing was written: this file cannot be read.", hint="Move it away, or make it readable UTF-8 text.", file=str(path)) from None


def completed(text: str) -> str:
    """``text`` with the lines that it lacks; itself where it lacks none."""
    missing = [line for line in LINES if not _covers(text, line)]
    if not missing:
        return text
    end = "\r\n" if "\r\n" in text else "\n"
    before = [text.rstrip("\r\n"), ""] if text.strip() else []
    return end.join([*before, _HEADING, *missing, ""])


def _covers(text: str, line: str) -> bool:
    """Whether a file ignores ``line`` in its own words, and takes nothing of it back further down."""
    covered = False
    for written in text.splitlines():
        pattern = written.strip()
        taken_back = pattern.startswith("!")
        if pattern.lstrip("!").removeprefix("**/").strip("/").removesuffix("/**").removesuffix("/*") == line.strip("/"):
            covered = not taken_back
    return covered
