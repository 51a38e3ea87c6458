"""The step that takes from each service's processes what they do not need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from batten.design import Design, confining
from batten.design.confining import CAPABILITIES, LIGHT, NOTHING, TIGHT
from batten.design.sections.privileges import COMPLAIN, ENFORCE, Privilege, is_memory
from batten.errors import DesignError
from batten.inference.confinement import obstacle
from batten.model import Project, Service
from batten.session import Session
from wizards.questions import Answer, Choice, Question, Step, one_of

DESIGNED, NONE, FILTER, OFF = "designed", "none", "default", "unconfined"
MEMORY, APPARMOR, SECCOMP = "memory", "apparmor", "seccomp"
_MARK = "/"
"""Between a service and the matter of a further question; no service has it in its name."""

_LABELS = {
    NOTHING: "nothing, as it is",
    LIGHT: "what few programs use",
    CAPABILITIES: "every right its image does not need",
    TIGHT: "all that its image can do without",
}
_LIGHT_HINT = "no forged packets, no sudo (cap_drop: NET_RAW, no-new-privileges); some ping programs stop"
_APPARMOR = (
    Choice(NONE, "the engine's own profile", "docker-default, where the host has AppArmor"),
    Choice(COMPLAIN, "one of its own that only complains", "to begin with: what it would forbid is in the host's log"),
    Choice(ENFORCE, "one of its own that forbids", "when the log has been quiet for a while; not loaded, the container does not start"),
)
_SECCOMP = (
    Choice(FILTER, "the engine's own filter", "drops seccomp=unconfined; debuggers, browsers and very old engines may have needed it"),
    Choice(OFF, "none, as it is", "every system call of the kernel is open to it"),
)


class Privileges(Step):
    """What each service may no longer do."""

    name = "privileges"
    title = "Rights"
    aside = "Every service here is privileged altogether: there is nothing to take from it step by step."
    why = (
        "Docker gives every container rights that few programs use. What is taken from a service an intruder in it does not have either. "
        "Where it is known what an image needs, nearly all can go; it is tried once after the change, since your own configuration may ask for more."
    )

    def questions(self, session: Session) -> list[Question]:
        """One for each service that is not privileged altogether, and more about those from which much is taken."""
        services = [service for service in session.project.services.values() if not service.privileged]
        return [question for service in services for question in self._about(service, session.project, session.design)]

    def _about(self, service: Service, project: Project, design: Design) -> Iterator[Question]:
        held = design.privileges.get(service.name, Privilege())
        levels = confining.levels(project, service, design.target)
        level = _level(held, levels)
        yield self._main(service, project, held, levels, level)
        if not design.target.own_stack and (held.default_seccomp or confining.is_unfiltered(service)):
            yield self._further(
                service, SECCOMP, "Which filter of system calls holds for", "Its filter is off.", _SECCOMP, FILTER if held.default_seccomp else OFF
            )
        if level == TIGHT or held.memory:
            yield self._memory(service, held)
        if not design.target.own_stack and (level == TIGHT or held.apparmor):
            why = "A profile of its own names what it may write to, the rights it has and nothing else. batten writes it, and how to load it."
            yield self._further(service, APPARMOR, "Which AppArmor profile shall there be for", why, _APPARMOR, held.apparmor or NONE)

    def _main(self, service: Service, project: Project, held: Privilege, levels: dict[str, Privilege], level: str) -> Question:
        unknown = obstacle(project, service)
        own = (Choice(DESIGNED, "what the design file says", _in_words(held)),) if level == DESIGNED else ()
        return Question(
            id=f"{self.name}.{service.name}",
            subject=service.name,
            prompt=f"What is taken from {service.name}?",
            why="; ".join(part for part in (held.reason or "it keeps what Docker gives", unknown) if part),
            choices=(*(Choice(one, _LABELS[one], _hint(one, levels[one])) for one in _LABELS if one in levels), *own),
            default=level,
        )

    def _further(self, service: Service, matter: str, prompt: str, why: str, choices: tuple[Choice, ...], default: str) -> Question:
        return Question(f"{self.name}.{service.name}{_MARK}{matter}", service.name, f"{prompt} {service.name}?", why, choices, default)

    def _memory(self, service: Service, held: Privilege) -> Question:
        why = "Nobody but you knows how much it needs: docker stats shows what it takes now. Where it wants more than the limit, the kernel ends it."
        choices = (Choice(NONE, "no limit", "one that leaks takes the host along"), *((Choice(held.memory, held.memory),) if held.memory else ()))
        id = f"{self.name}.{service.name}{_MARK}{MEMORY}"
        return Question(id, service.name, f"How much memory may {service.name} take?", why, choices, held.memory or NONE, free="a size such as 512m")

    def answer(self, design: Design, id: str, value: Answer, project: Project) -> Design:
        """The design with that taken from the service; raises DesignError for a limit that Docker would not take."""
        name, _, matter = id.removeprefix(f"{self.name}.").partition(_MARK)
        held, wanted = design.privileges.get(name, Privilege()), one_of(value)
        after = _further(held, matter, wanted) if matter else _at_level(held, wanted, confining.levels(project, project.services[name], design.target))
        return design if after == held else replace(design, privileges={**design.privileges, name: after})


def _level(held: Privilege, levels: dict[str, Privilege]) -> str:
    """The level that a service is at; what is asked apart does not count."""
    return next((level for level, one in levels.items() if _form(one) == _form(held)), DESIGNED)


def _form(one: Privilege) -> Privilege:
    return one._replace(known=False, reason="", memory="", apparmor="", remove=(), default_seccomp=False)


def _at_level(held: Privilege, wanted: str, levels: dict[str, Privilege]) -> Privilege:
    if wanted in (DESIGNED, _level(held, levels)):
        return held
    if wanted == NOTHING:
        return Privilege()
    filtered = held.default_seccomp or levels[wanted].default_seccomp
    return levels[wanted]._replace(memory=held.memory, apparmor=held.apparmor, remove=held.remove, default_seccomp=filtered)


def _further(held: Privilege, matter: str, wanted: str) -> Privilege:
    if matter == SECCOMP:
        return held._replace(default_seccomp=wanted == FILTER)
    said = "" if wanted == NONE else wanted
    if matter == MEMORY and said and not is_memory(said):
        raise DesignError(f"'{wanted}' is no limit of memory.", hint="Write a size such as 512m or 2g, 6m at least.")
    return held._replace(memory=said) if matter == MEMORY else held._replace(apparmor=said)


def _hint(level: str, one: Privilege) -> str:
    if level in (NOTHING, LIGHT):
        return _LIGHT_HINT if level == LIGHT else "it keeps all that Docker gives"
    return _in_words(one)


def _in_words(one: Privilege) -> str:
    """What is taken, and what could stop working by it."""
    taken = [f"no capability but {', '.join(one.add)}" if one.add else "no capability"] if "ALL" in one.drop else [*one.drop]
    if one.read_only:
        folders = ", ".join(entry.partition(":")[0] for entry in one.tmpfs)
        taken.append(f"read-only but for volumes{f' and {folders}' if folders else ''}: what your configuration writes elsewhere fails")
    if one.user:
        taken.append(f"started as {one.user}: its volumes must belong to it")
    return "; ".join([*taken, *([f"at most {one.pids} processes"] if one.pids else [])])
