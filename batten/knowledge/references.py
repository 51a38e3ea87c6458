"""Image references taken apart: registry, name and tag."""

from __future__ import annotations

from typing import NamedTuple

_HUB = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"})
_MIRRORS_OF_OFFICIAL_IMAGES = ("public.ecr.aws/docker/library/", "mirror.gcr.io/library/")


class Reference(NamedTuple):
    """An image reference without its digest."""

    registry: str
    """Host of the registry, empty for the default one."""
    name: str
    """Path in the registry, without ``library/``."""
    tag: str
    """Empty where none is given."""

    @property
    def full(self) -> str:
        """Registry and name, as one writes it for a registry other than the default."""
        return f"{self.registry}/{self.name}" if self.registry else self.name

    @property
    def last(self) -> str:
        """The last component of the name."""
        return self.name.rpartition("/")[2]

    @property
    def from_publisher(self) -> bool:
        """Whether the reference says who publishes the image. A bare name in somebody's own registry may be anything."""
        return not self.registry or "/" in self.name


def parse(image: str) -> Reference:
    """Take an image reference apart; anything that is not one ends up in the name."""
    text = image.strip().partition("@")[0]
    for mirror in _MIRRORS_OF_OFFICIAL_IMAGES:
        if text.startswith(mirror):
            text = text[len(mirror) :]
    path, colon, tag = text.rpartition(":")
    if not colon or "/" in tag:
        path, tag = text, ""
    registry, name = _split_registry(path)
    if registry in _HUB:
        registry = ""
    return Reference(registry, name.removeprefix("library/").lower(), tag)


def _split_registry(path: str) -> tuple[str, str]:
    head, slash, rest = path.partition("/")
    is_host = bool(slash) and ("." in head or ":" in head or head == "localhost")
    return (head, rest) if is_host else ("", path)


def version(tag: str) -> tuple[int, ...] | None:
    """The leading version number of a tag (``v2.7-alpine`` is ``(2, 7)``), or None for a tag such as ``latest``."""
    numbers = []
    for part in tag.removeprefix("v").partition("-")[0].split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers) or None
