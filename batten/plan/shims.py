"""Changes that start a service through a script, which reads credentials from files and hands them to the program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from batten.design.sections.secrets import SecretDecision
from batten.errors import DesignError
from batten.inference.credentials import Credential
from batten.inference.shimming import shim_obstacles
from batten.inference.starting import Start, Unsaid, start_of
from batten.model import Action, Change, Project, Risk, Service, TreePath

CONFIG = "with_secrets"
"""The key of the script in ``configs``."""
FILE = "with-secrets.sh"
"""Its name in the project's folder."""
TARGET = "/with-secrets.sh"
"""Its path in a container."""
SHELL = "/bin/sh"
_ALONE = frozenset({"curl", "wget", "nc", "true", "test", "[", "pgrep", "pidof", "echo", "exit"})
"""Programs in healthchecks that take nothing from the environment but what is written beside them."""
Wanted = Sequence[tuple[SecretDecision, Credential]]


def changes(project: Project, wanted: Wanted) -> Iterator[Change]:
    """One decision for each service: its variables go together, since all of them stand in its entrypoint.

    Raises:
        DesignError: the script cannot hand over what the design wants.
    """
    known = [(decision, credential) for decision, credential in wanted if credential.value]
    blocked = shim_obstacles(project, [credential for _, credential in known])
    for (name, variable), reason in blocked.items():
        if reason:
            raise DesignError(f"a start script cannot hand {variable} to {name}: {reason}.", hint="Write 'how: keep' for it in the design.")
    for name, group in groupby(sorted(known, key=lambda one: list(project.services).index(one[0].service)), key=lambda one: one[0].service):
        service = project.services[name]
        start = start_of(project, service)
        if not isinstance(start, Unsaid):
            yield from _Shim(project, service, start).changes(list(group))


class _Pair(NamedTuple):
    """One variable and the file that it is read from."""

    variable: str
    file: str

    def __str__(self) -> str:
        return f"{self.variable}={self.file}"


class _Shim:
    """The changes of one service."""

    def __init__(self, project: Project, service: Service, start: Start) -> None:
        self.project, self.service, self.start = project, service, start
        self.decision = f"secrets.{service.name}.shim"
        self.why = f"{service.name} is started by {FILE}, which reads its secrets from files and hands them to the program in its environment."

    def change(self, suffix: str, path: TreePath, action: Action, value: object = None, why: str = "") -> Change:
        return Change(f"{self.decision}.{suffix}", path, action, value, "", why or self.why, Risk.CHECK, self.decision)

    def changes(self, wanted: Wanted) -> Iterator[Change]:
        pairs = [_Pair(decision.variable, self.target(decision.secret)) for decision, _ in wanted]
        for decision, _ in wanted:
            yield from self.moved(decision)
        yield from self.script()
        at = self.service.path
        yield self.change("entrypoint", (*at, "entrypoint"), Action.SET, self.with_pairs(self.start.entrypoint, pairs))
        if self.start.from_image and self.start.command:
            yield self.change("command", (*at, "command"), Action.SET, list(self.start.command))
        test = self.healthcheck()
        if test and not _stands_alone(test):
            yield self.change("healthcheck", (*at, "healthcheck", "test"), Action.SET, ["CMD", *self.with_pairs(_words(test), pairs)])

    def target(self, secret: str) -> str:
        """Where the service finds the file of a secret."""
        return next((use.target for use in self.service.secrets if use.source == secret), f"/run/secrets/{secret}")

    def moved(self, decision: SecretDecision) -> Iterator[Change]:
        """The secret, its mount, and the variable gone."""
        variable, secret = decision.variable, decision.secret
        why = f"{variable} is visible to everyone who may inspect the container; {decision.reason}."
        if secret not in self.project.secrets:
            yield self.change(f"{variable}.file", ("secrets", secret), Action.SET, {"file": f"./secrets/{secret}"}, why)
        if not any(use.source == secret for use in self.service.secrets):
            mount = {"source": secret, "target": self.target(secret)}
            yield self.change(f"{variable}.mount", (*self.service.path, "secrets"), Action.APPEND, mount, why)
        yield self.change(f"{variable}.remove", (*self.service.path, "environment", variable), Action.REMOVE, None, why)

    def script(self) -> Iterator[Change]:
        """The script, mounted where nothing else can be written."""
        if any(use.target == TARGET for use in self.service.configs):
            return
        key = _config_key(self.project)
        if key not in self.project.configs:
            yield self.change("script", ("configs", key), Action.SET, {"file": f"./{FILE}"})
        yield self.change("config", (*self.service.path, "configs"), Action.APPEND, {"source": key, "target": TARGET})

    def with_pairs(self, words: Sequence[str], pairs: Sequence[_Pair]) -> list[str]:
        """A program that is started by the script; one that is already gets the new variables as well."""
        inside = list(words)
        if inside[:2] == [SHELL, TARGET] and "--" in inside:
            end = inside.index("--")
            return [*inside[:end], *map(str, pairs), *inside[end:]]
        return [SHELL, TARGET, *map(str, pairs), "--", *inside]

    def healthcheck(self) -> tuple[str, ...]:
        """The test that runs in the container, the image's own included: it would not see what the program is handed."""
        own = self.service.healthcheck
        return own if own[:1] in (("CMD",), ("CMD-SHELL",)) else self.start.healthcheck


def _config_key(project: Project) -> str:
    """The key of our script, there already or not taken."""
    ours = next((key for key, one in project.configs.items() if one.file == str(project.directory / FILE)), "")
    return ours or next(key for key in (CONFIG, *(f"{CONFIG}_{number}" for number in range(2, 1000))) if key not in project.configs)


def _words(test: Sequence[str]) -> list[str]:
    """A healthcheck's test as words of a program."""
    return list(test[1:]) if test[0] == "CMD" else [SHELL, "-c", *test[1:]]


def _stands_alone(test: Sequence[str]) -> bool:
    """Whether a test uses nothing of the container's environment."""
    words = _words(test)
    if words[:2] not in ([SHELL, "-c"], ["sh", "-c"]):
        return words[0].rpartition("/")[2] in _ALONE
    text = " ".join(words[2:])
    if "$" in text or "`" in text:
        return False
    for operator in ("||", "&&", "|", ";"):
        text = text.replace(operator, "\n")
    programs = [line.split()[0].rpartition("/")[2] for line in text.splitlines() if line.strip()]
    return bool(programs) and _ALONE.issuperset(programs)
