"""What is known of an image: its tier and role, its ports, how it takes credentials, whom it talks to."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, NamedTuple, TypeAlias

from batten.knowledge import references
from batten.knowledge.references import Reference
from batten.knowledge.rows import STYLES, TARGETS, Index, Row, index
from batten.knowledge.runtimes import Runtime, runtime_of
from batten.knowledge.sockets import LABEL, SocketNeed, socket_need
from batten.knowledge.vocabulary import says, vocabulary
from batten.model import Tier

_USABLE = ("yes", "partly")
_SOCKET_PROXY = "tecnativa/docker-socket-proxy"
"""The image that stands for all socket proxies."""


_NONE: Mapping[str, Any] = {}


class FileForm(NamedTuple):
    """How an image takes a credential from a file."""

    variable: str
    """Variable to set instead, e.g. ``POSTGRES_PASSWORD_FILE``; may be the same variable, or empty where none has to be set."""
    value: str
    """Its value, with ``{name}`` for the name of the secret: ``/run/secrets/{name}``, ``file:///run/secrets/{name}``."""
    verified: bool
    """Whether somebody read it in the image's own source or documentation; a form that is not must not be used."""
    source: str
    target: str = "/run/secrets/{name}"
    """Where the secret has to be mounted."""
    unless: str = ""
    """A variable that makes the image look elsewhere."""

    def of(self, variable: str) -> FileForm:
        """The form for one variable."""
        return self._replace(variable=self.variable.replace("{variable}", variable), target=self.target.replace("{variable}", variable))


class ImageFacts(NamedTuple):
    """What is known of an image."""

    id: str
    tier: Tier | None
    """None where it depends on how the image is used."""
    role: str
    """What it is, in plain words: ``database``, ``cache``, ``reverse proxy``, ``application`` …"""
    ports: tuple[str, ...] = ()
    """What it listens on by default, ``5432/tcp``."""
    file_forms: Mapping[str, FileForm] = _NONE
    """By credential variable."""
    credentials: frozenset[str] = frozenset()
    """Variables that hold credentials, with or without a file form."""
    passive: bool = False
    """Whether it never opens connections to other services by itself."""
    egress: bool | None = None
    """Whether it needs the internet by its nature; None where that is not known."""
    reader: str = ""
    """Who reads the file of a secret and what it needs: ``root``, ``uid 999``, ``owner only (mode 0400)`` or nothing."""
    no_new_privileges: bool | None = None
    """Whether it is known to work with no-new-privileges."""
    needs_net_raw: bool | None = None
    source: str = ""
    form_patterns: tuple[tuple[str, FileForm], ...] = ()
    """Forms for every variable that fits a pattern (``GF_*``); ``{variable}`` in the form stands for the variable."""
    instead: str = ""
    """What to do about a credential that has no file form, one phrase."""
    peers: bool = False
    """Whether several of its kind talk to each other."""
    exports: bool = False
    """Whether its entrypoint exports what it reads from files to initialisation scripts."""
    screens: bool = False
    """Whether its connections are set up in its own screens, so that the files of a project do not show them."""
    uses: tuple[str, ...] = ()
    """Ids or roles of images to which it connects by habit."""
    hosts: tuple[str, ...] = ()
    """Host names to which it connects unless it is told otherwise."""
    discovers: tuple[str, ...] = ()
    """How it finds the services it forwards to: ``label:traefik.``, ``env:VIRTUAL_HOST``."""
    runtime: Runtime | None = None
    socket: SocketNeed | None = None
    """What it does with the socket of an engine, where it is made for one."""
    certain: bool = True
    """False where only the image's name resembles one that is known."""

    def form(self, variable: str) -> FileForm | None:
        """How ``variable`` can come from a file, if it can."""
        if variable in self.file_forms:
            return self.file_forms[variable]
        for pattern, form in self.form_patterns:
            if fnmatchcase(variable, pattern):
                return form.of(variable)
        return None

    @property
    def owner_only(self) -> bool:
        """Whether it insists on a secret's file that only its owner can read."""
        return self.reader.startswith("owner only")

    def is_a(self, word: str) -> bool:
        """Whether ``word`` is this image's id or role."""
        return word in (self.id, self.role)


@cache
def image_facts(image: str) -> ImageFacts | None:
    """What is known of ``image``, whatever its registry and tag; None for an image that nobody described."""
    reference = references.parse(image)
    known = index()
    publisher = _by_pattern(reference, known)
    row = _tagged(reference, known) or known.exact.get(reference.full) or known.exact.get(reference.name) or publisher
    if row is None:
        return None
    facts = _with_forms(_facts(row), _forms_row(row, publisher), reference)._replace(runtime=runtime_of(row, reference))
    if row is publisher and row.role == "unknown":
        facts = _with_role_of(facts, similar_facts(image))
    return facts


def known_as(image: str, labels: Mapping[str, str]) -> str:
    """The image whose facts hold for a service: a proxy with our label is a socket proxy, whatever program it runs."""
    return _SOCKET_PROXY if LABEL in labels and references.parse(image).last == "haproxy" else image


@cache
def similar_facts(image: str) -> ImageFacts | None:
    """What the name of an unknown image suggests, e.g. that ``acme/postgres-16`` is a database. Says nothing about credentials."""
    last = references.parse(image).last
    words = last.replace("_", "-").replace(".", "-").split("-")
    if "exporter" in words or last.endswith("exporter"):
        return ImageFacts("exporter", Tier.OPS, "exporter", certain=False, source="its image's name")
    if "backup" in words:
        return ImageFacts("backup", Tier.OPS, "backup", certain=False, source="its image's name")
    row = _resembling(last, words, index())
    if row is None:
        return None
    egress = False if row.tier == Tier.DATA else None
    unsure = _facts(row)._replace(credentials=frozenset(), egress=egress, no_new_privileges=None, needs_net_raw=None)
    return unsure._replace(instead="", hosts=(), socket=None, source="its image's name", certain=False)


def _resembling(last: str, words: list[str], known: Index) -> Row | None:
    whole = known.words.get(last) or known.last.get(last)
    if whole is not None and not says("is_a_plain_name", [last]):
        return whole
    if says("is_another_thing", words):
        return None
    return next((known.words[word] for word in words if word in known.words and word not in vocabulary("is_a_plain_name")), None)


def _by_pattern(reference: Reference, known: Index) -> Row | None:
    full, name = reference.full, reference.name
    for start, pattern, row in known.patterns:
        if (full.startswith(start) and fnmatchcase(full, pattern)) or (name.startswith(start) and fnmatchcase(name, pattern)):
            return row
    return None


def _tagged(reference: Reference, known: Index) -> Row | None:
    return next((row for tag, row in known.tagged.get(reference.name, ()) if reference.tag == tag or reference.tag.startswith((f"{tag}.", f"{tag}-"))), None)


def _forms_row(row: Row, publisher: Row | None) -> Row:
    """Where the forms of a row come from: a publisher's habits hold for all its images but those of which more is known."""
    if publisher is None or (row.listed("files") and all(_fits(name, publisher) for name in row.names)):
        return row
    return publisher


def _fits(name: str, publisher: Row) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in publisher.names)


def _facts(row: Row) -> ImageFacts:
    return ImageFacts(
        id=row.id,
        tier=Tier(row.tier) if row.tier else None,
        role=row.role,
        ports=row.ports,
        credentials=frozenset(row.listed("credentials")),
        passive="passive" in row.traits,
        egress=row.flag("online", "offline"),
        no_new_privileges=True if "nnp" in row.traits else None,
        needs_net_raw=row.flag("raw", "noraw"),
        source=str(row.keys.get("source", "")),
        instead=str(row.keys.get("instead", "")),
        peers="peers" in row.traits,
        exports="exports" in row.traits,
        screens="screens" in row.traits,
        uses=_uses(row),
        hosts=row.listed("hosts"),
        discovers=row.listed("discovers"),
        socket=socket_need(row.keys.get("socket")),
    )


def _uses(row: Row) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in row.listed("uses"))


Forms: TypeAlias = tuple[dict[str, FileForm], tuple[tuple[str, FileForm], ...]]


def _with_forms(facts: ImageFacts, row: Row, reference: Reference) -> ImageFacts:
    forms, patterns = _forms(row, reference)
    credentials = facts.credentials | {name for name in row.listed("files") if "*" not in name}
    return facts._replace(file_forms=forms, form_patterns=patterns, credentials=credentials, reader=str(row.keys.get("reader", "")))


def _forms(row: Row, reference: Reference) -> Forms:
    word = str(row.keys.get("style", "suffix"))
    style = STYLES.get(word)
    if style is None or _too_old(str(row.keys.get("since", "")), reference.tag):
        return {}, ()
    verified = row.keys.get("verified") in _USABLE and reference.from_publisher
    source = str(row.keys.get("source", ""))
    form = FileForm(*style, verified, source, TARGETS.get(word, "/run/secrets/{name}"), str(row.keys.get("unless", "")))
    forms = dict.fromkeys(row.listed("files"), form)
    exact = {name: form.of(name) for name, form in forms.items() if "*" not in name}
    return exact, tuple((name, form) for name, form in forms.items() if "*" in name)


def _too_old(since: str, tag: str) -> bool:
    needed, given = references.version(since), references.version(tag)
    return needed is not None and given is not None and given < needed


def _with_role_of(facts: ImageFacts, other: ImageFacts | None) -> ImageFacts:
    """Facts about a publisher's image, its role taken from what its name says."""
    if other is None:
        return facts
    forms = other._replace(file_forms=facts.file_forms, form_patterns=facts.form_patterns, credentials=facts.credentials | other.credentials)
    return forms._replace(reader=facts.reader, runtime=facts.runtime, source=facts.source)
