"""The leaf types that everything passes through: places, resolved values, the typed project, evidence and changes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from enum import Enum, StrEnum
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

TreePath: TypeAlias = tuple[str | int, ...]
"""The way to a value in the resolved project, e.g. ``("services", "db", "ports", 0)``."""


class Span(NamedTuple):
    """A piece of a text file."""

    file: str
    """Absolute path, or ``-`` for standard input."""
    start: int
    """Offset of the first character, counted in characters of the decoded text."""
    end: int
    """Offset behind the last character."""
    line: int
    """Line of the first character, from 1."""
    column: int
    """Column of the first character, from 1."""


class EnginePlace(NamedTuple):
    """A place in a running engine instead of a file."""

    object: str
    """Kind and name, e.g. ``container/db``."""
    attribute: str
    """Dotted attribute of the inspected object, e.g. ``HostConfig.Privileged``."""


Location: TypeAlias = Span | EnginePlace


class Origin(NamedTuple):
    """Where a resolved value comes from."""

    primary: Span
    """The text that holds the value."""
    related: tuple[Span, ...] = ()
    """Other texts that shaped it: the definition of an interpolated variable, a place that was merged away."""
    via: tuple[str, ...] = ()
    """How it came here: ``alias``, ``merge``, ``extends``, ``include``, ``override``, ``env_file``, ``default``."""


class SecretText:
    """A text whose ``repr``, ``str`` and log line show nothing; ask ``reveal`` where the value must be used."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself; never print, log or keep what this returns in a local variable of a screen."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretText) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "SecretText(••••••••)"

    __str__ = __repr__


class Value:
    """A node of the resolved tree: plain data with the place it came from. Treated as immutable.

    ``data`` is a ``str``, ``int``, ``float``, ``bool``, ``None``, a ``dict[str, Value]`` or a ``list[Value]``.
    Its ``repr`` never shows scalars, since any of them may be a secret.
    """

    __slots__ = ("_origin", "data")

    def __init__(self, data: Any, origin: Origin | tuple[str, Any, tuple[str, ...]] | None = None) -> None:
        """Make a value; an origin may also be given as file, syntax node and ``via``, and is then made when it is asked for."""
        self.data = data
        self._origin = origin

    @property
    def origin(self) -> Origin | None:
        """Where it comes from; None for what nobody wrote."""
        found = self._origin
        if found is None or isinstance(found, Origin):
            return found
        file, node, via = found
        self._origin = made = Origin(Span(file, node.start, node.end, node.line, node.column), (), via)
        return made

    def at(self, data: Any) -> Value:
        """Other data that comes from the same place."""
        return Value(data, self._origin)

    def plain(self) -> Any:
        """The same data without origins, as nested dicts, lists and scalars."""
        data = self.data
        if isinstance(data, dict):
            return {key: value.plain() for key, value in data.items()}
        if isinstance(data, list):
            return [value.plain() for value in data]
        return data

    def get(self, *path: str | int) -> Value | None:
        """The value at ``path`` below this one, or None where the path ends early."""
        here = self
        for step in path:
            data = here.data
            if type(data) is dict:
                found = data.get(step)
                if found is None:
                    return None
                here = found
            elif type(data) is list and type(step) is int and -len(data) <= step < len(data):
                here = data[step]
            else:
                return None
        return here

    def items(self) -> Iterator[tuple[str, Value]]:
        """Key and value pairs of a mapping; nothing for anything else."""
        if isinstance(self.data, dict):
            yield from self.data.items()

    def elements(self) -> Iterator[Value]:
        """Items of a sequence; nothing for anything else."""
        if isinstance(self.data, list):
            yield from self.data

    def __repr__(self) -> str:
        kind = type(self.data).__name__
        return f"Value({kind} at {self.origin.primary.line if self.origin else '?'})"


class Port(NamedTuple):
    """One published port, as the resolved project has it (a range is several)."""

    target: int
    """Port inside the container."""
    published: str
    """Port on the host, a range such as ``8000-8010``, or empty where the engine chooses one."""
    host_ip: str
    """Host address it is bound to; empty for every address of the host, IPv6 included."""
    protocol: str
    """``tcp``, ``udp`` or ``sctp``."""
    mode: str
    """``ingress`` or ``host`` (a swarm matter)."""
    index: int  # type: ignore[assignment]  # hides tuple.index, which means nothing here
    """Its index in the service's ``ports`` in the resolved tree."""


class Mount(NamedTuple):
    """One entry of a service's ``volumes``."""

    kind: str
    """``bind``, ``volume``, ``tmpfs``, ``npipe``, ``cluster`` or ``image``."""
    source: str
    """Absolute host path of a bind, name of a volume, or empty."""
    target: str
    """Path inside the container."""
    read_only: bool
    index: int  # type: ignore[assignment]  # hides tuple.index, which means nothing here
    """Its index in the service's ``volumes`` in the resolved tree."""


class Attachment(NamedTuple):
    """A service's membership in a network."""

    network: str
    """Key of the network in the project (not its name on the engine)."""
    aliases: tuple[str, ...]
    ipv4_address: str
    ipv6_address: str


class SecretUse(NamedTuple):
    """One entry of a service's ``secrets`` or ``configs``."""

    source: str
    """Key of the secret in the project."""
    target: str
    """Path inside the container, made absolute (``/run/secrets/NAME`` where nothing else is said)."""
    index: int  # type: ignore[assignment]  # hides tuple.index, which means nothing here


class Variable(NamedTuple):
    """One variable of a service's resolved environment (``env_file`` included)."""

    name: str
    value: SecretText | None
    """None where it is passed on from the caller's environment and is not set there."""
    origin: Origin


class Service(NamedTuple):
    """A service of the resolved project, every field typed."""

    name: str
    image: str
    """Image reference as resolved, or empty where only ``build`` is given."""
    build_context: str
    """Absolute folder or URL of the build context, or empty."""
    dockerfile: str
    """Path of the Dockerfile relative to the context, or empty."""
    command: tuple[str, ...]
    entrypoint: tuple[str, ...]
    environment: Mapping[str, Variable]
    ports: tuple[Port, ...]
    expose: tuple[str, ...]
    networks: Mapping[str, Attachment]
    """Memberships by network key; ``default`` where nothing is said; empty with a ``network_mode``."""
    network_mode: str
    """``host``, ``none``, ``bridge``, ``service:NAME``, ``container:NAME`` or empty."""
    mounts: tuple[Mount, ...]
    secrets: tuple[SecretUse, ...]
    configs: tuple[SecretUse, ...]
    depends_on: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    """``(service, alias)``; alias empty where none is given."""
    labels: Mapping[str, str]
    deploy_labels: Mapping[str, str]
    healthcheck: tuple[str, ...]
    """The healthcheck's ``test`` as a list; empty where none is given or it is disabled."""
    extra_hosts: tuple[tuple[str, str], ...]
    """``(name, address)``."""
    dns: tuple[str, ...]
    hostname: str
    container_name: str
    privileged: bool
    cap_add: tuple[str, ...]
    """Capability names in upper case without ``CAP_``."""
    cap_drop: tuple[str, ...]
    security_opt: tuple[str, ...]
    user: str
    read_only: bool
    pid: str
    ipc: str
    uts: str
    userns_mode: str
    cgroup: str
    devices: tuple[str, ...]
    tmpfs: tuple[str, ...]
    sysctls: Mapping[str, str]
    profiles: tuple[str, ...]
    replicas: int
    use_api_socket: bool
    env_files: tuple[str, ...]
    """Absolute paths of the env files that were named."""
    extensions: tuple[str, ...] = ()
    """Services of other files or of this one from which this one ``extends``."""

    def __repr__(self) -> str:
        return f"Service({self.name!r})"

    @property
    def path(self) -> TreePath:
        """Where it stands in the resolved tree."""
        return ("services", self.name)


class Network(NamedTuple):
    """A network of the resolved project."""

    key: str
    """Its key in the project."""
    name: str
    """Its name on the engine."""
    driver: str
    """As written; empty means ``bridge`` under compose and ``overlay`` in a stack."""
    driver_opts: Mapping[str, str]
    internal: bool
    external: bool
    attachable: bool
    enable_ipv4: bool
    enable_ipv6: bool | None
    """None where the engine decides."""
    subnets: tuple[str, ...]
    used: bool
    """Whether a service is a member."""

    @property
    def path(self) -> TreePath:
        """Where it stands in the resolved tree."""
        return ("networks", self.key)


class SecretSource(NamedTuple):
    """A top-level secret or config."""

    key: str
    name: str
    file: str
    """Absolute path, or empty."""
    environment: str
    """Name of the environment variable it is taken from, or empty."""
    external: bool
    has_content: bool
    """Whether ``content`` is given inline (configs)."""


class Comment(NamedTuple):
    """A comment of one of the project's files, e.g. for suppressions."""

    span: Span
    text: str


class SourceText(NamedTuple):
    """One file that was read, decoded."""

    file: str
    """Absolute path, or ``-``."""
    text: str
    """The text without a byte order mark; line ends as in the file."""
    bom: bool = False
    kind: str = "compose"
    """``compose`` or ``env``."""
    root: Any = None
    """The syntax tree of a compose file; only ``batten.compose`` looks inside."""

    def __repr__(self) -> str:
        return f"SourceText({self.file!r}, {len(self.text)} characters)"

    def line(self, number: int) -> str:
        """Line ``number`` (from 1) without its end, or an empty string."""
        lines = self.text.splitlines()
        return lines[number - 1] if 0 < number <= len(lines) else ""


class Request(NamedTuple):
    """What was asked to be read, so that it can be read again."""

    paths: tuple[Path, ...]
    """The compose files in ``-f`` order, absolute."""
    directory: Path
    """The project directory, absolute."""
    profiles: tuple[str, ...] = ("*",)
    env_files: tuple[Path, ...] = ()
    """What stands in for ``.env``; empty where ``.env`` itself is read."""
    project_name: str | None = None
    environ: Mapping[str, str] | None = None
    """The caller's environment; the process's own where None."""
    confine: bool = False
    """Whether files outside the project directory are refused, but for those named here."""
    fresh: bool = False
    """Whether there are no such files: the project begins, and its text was made."""

    def __repr__(self) -> str:
        return f"Request({', '.join(map(str, self.paths))})"


class Project(NamedTuple):
    """What a set of compose files says, resolved and typed. ``tree`` is canonical; the rest is derived from it."""

    name: str
    directory: Path
    """The project directory, absolute: what relative paths are relative to."""
    files: tuple[str, ...]
    """The compose files in the order in which they were merged (``-f`` order), absolute."""
    services: Mapping[str, Service]
    networks: Mapping[str, Network]
    secrets: Mapping[str, SecretSource]
    configs: Mapping[str, SecretSource]
    volumes: Mapping[str, str]
    """Volume key → name on the engine."""
    tree: Value
    sources: Mapping[str, SourceText]
    """Every file that was read (included, extended and env files too), by path."""
    request: Request
    notes: tuple[str, ...] = ()
    """What the user should know about the reading, e.g. a variable that is not set."""
    live: bool = False
    """Whether it was read from a running engine and not from files."""

    def __repr__(self) -> str:
        return f"Project({self.name!r}, {len(self.services)} services)"

    def value(self, path: TreePath) -> Value | None:
        """The resolved value at ``path``, or None."""
        return self.tree.get(*path)

    def origin(self, path: TreePath) -> Origin:
        """Where the value at ``path`` comes from; the nearest place around it where it was not written by anyone."""
        for length in range(len(path), 0, -1):
            value = self.tree.get(*path[:length])
            origin = value.origin if value is not None else None
            if origin is not None:
                return origin
        return self.tree.origin or Origin(Span(self.files[0] if self.files else "-", 0, 0, 1, 1))

    def shown(self, file: str) -> str:
        """``file`` as a reader wants to see it: relative to the current folder where it lies below it."""
        here = os.path.join(os.getcwd(), "")
        return file.removeprefix(here) or file


class Tier(StrEnum):
    """The five tiers a service can be in."""

    EDGE = "edge"
    APP = "app"
    DATA = "data"
    OPS = "ops"
    JOB = "job"


class Zone(StrEnum):
    """What is not a service but can reach one or be reached."""

    INTERNET = "internet"
    LAN = "lan"
    HOST = "host"


class EvidenceKind(Enum):
    """Why we believe that a service needs another, strongest first."""

    OBSERVED = "observed"
    NAMED = "named"
    CONFIGURED = "configured"
    DECLARED = "declared"
    HABITUAL = "habitual"
    ORDERED = "ordered"
    ASSUMED = "assumed"

    def __init__(self, _: str) -> None:
        self.strength = 7 - len(type(self).__members__)
        """7 for the strongest kind down to 1."""


class Evidence(NamedTuple):
    """One reason to believe that a service needs another."""

    kind: EvidenceKind
    where: Location | None
    """None for what stands nowhere: an assumption, a habit of the image."""
    text: str
    """One plain phrase without secret values, e.g. ``DATABASE_URL``."""


class Connection(NamedTuple):
    """A needed connection between two services, or from a service to a zone."""

    source: str
    target: str
    """Name of a service, or ``internet``."""
    evidence: tuple[Evidence, ...]
    """Strongest first."""


class Risk(StrEnum):
    """What a change may do to a working application."""

    SAFE = "safe"
    """A working application cannot notice."""
    CHECK = "check"
    """Works unless something that the files do not show depends on what is changed."""
    BREAKING = "breaking"
    """The files show that somebody uses what is changed; needs consent."""

    @property
    def level(self) -> int:
        """0 for safe, 1 for check, 2 for breaking."""
        return list(Risk).index(self)


class Action(StrEnum):
    """What a change does at its path."""

    SET = "set"
    REMOVE = "remove"
    APPEND = "append"
    REMOVE_ITEM = "remove_item"


class Change(NamedTuple):
    """One edit of the resolved project: the only currency of edits. Which file and words it becomes is ``editing``'s business."""

    id: str
    """Stable and unique in a plan, e.g. ``secrets.db.POSTGRES_PASSWORD.remove``."""
    path: TreePath
    """What is changed. APPEND and REMOVE_ITEM: the path of the list."""
    action: Action
    value: Any = None
    """SET: the new plain data in canonical form; APPEND, REMOVE_ITEM: the item."""
    comment: str = ""
    """A comment to put beside new text, one line, without ``#``; may be empty."""
    why: str = ""
    """One sentence for the user."""
    risk: Risk = Risk.CHECK
    decision: str = ""
    """The decision it belongs to, e.g. ``networks`` or ``secrets.db.POSTGRES_PASSWORD``: changes of one decision are done together or not at all."""


class GeneratedFile(NamedTuple):
    """A file that we want to write."""

    path: str
    """Relative to the folder that is exported to, with forward slashes."""
    content: bytes
    mode: int = 0o644
    sensitive: bool = False
    """Whether its content must never be shown."""
    purpose: str = ""
    """What it is for, one phrase."""

    def __repr__(self) -> str:
        return f"GeneratedFile({self.path!r}, {len(self.content)} bytes, mode {self.mode:o})"
