"""The step that says what a project consists of that has no compose file yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from batten.design import Design, beginning
from batten.design.sections.services import NewService, check_image, check_name, check_port
from batten.errors import DesignError
from batten.knowledge.images import image_facts
from batten.model import Project, Tier, Zone
from batten.session import Session
from wizards.questions import Answer, Choice, Question, Step, one_of

NOTHING, STAY, REMOVE = "nothing", "keep", "remove"
_NONE = Choice(NOTHING, "none", "")
_STAYING = (Choice(STAY, "it stays"), Choice(REMOVE, "take it away", "with what is only there for it"))


class Services(Step):
    """What is to run."""

    name = "services"
    title = "Services"
    rare = True
    why = (
        "There is no compose file in this folder yet. Say what is to run: a service is one program in a container, with an image and the others that it "
        "talks to. Networks, rights and secrets follow from that. The example shows how it goes; change it or take it away."
    )

    def questions(self, session: Session) -> list[Question]:
        """For each service what it is; then whether there is another one. Nothing for a project that has its files."""
        if not session.begins:
            return []
        wanted = session.design.services
        return [*(question for name in wanted for question in self._of(name, wanted)), self._more(wanted)]

    def _of(self, name: str, wanted: Mapping[str, NewService]) -> Iterator[Question]:
        one = wanted[name]

        def ask(matter: str, prompt: str, why: str, default: Answer, choices: tuple[Choice, ...] = (), free: str = "", several: bool = False) -> Question:
            return Question(f"{self.name}.{name}.{matter}", name, prompt, why, choices, default, several=several, free=free)

        if len(wanted) > 1:
            yield ask("stay", f"Is {name} ({one.image}) wanted?", "Others that talk to it no longer do when it is gone.", STAY, _STAYING)
        yield ask("image", f"Which image does {name} run?", "With a version, so that it does not change by itself.", one.image, free="an image")
        others = tuple(Choice(other, other) for other in wanted if other != name)
        way_out = Choice(str(Zone.INTERNET), "the internet", "it needs a way out")
        yield ask("needs", f"Whom does {name} talk to?", "Nobody else will be in its reach.", tuple(one.needs), (*others, way_out), several=True)
        why = "HOST:CONTAINER, several with commas. Services of the project reach each other without a published port."
        yield ask("ports", f"Which ports of {name} are reached from outside?", why, _listed(one.ports), (_NONE,), "ports, such as 80:8080, 443:8443")
        why = "VARIABLE=secret, several with commas. batten makes a random value, and services that name the same secret share it."
        held = _listed(f"{variable}={secret}" for variable, secret in one.secrets.items())
        yield ask("secrets", f"Which secrets does {name} get?", why, held, (_NONE,), "secrets, such as DB_PASSWORD=db_password")

    def _more(self, wanted: Mapping[str, NewService]) -> Question:
        why = "Its name is how the others call it."
        return Question(f"{self.name}.add.{len(wanted)}", "another one", "Is there another service?", why, (Choice(NOTHING, "no"),), NOTHING, free="NAME IMAGE")

    def answer(self, design: Design, id: str, value: Answer, project: Project) -> Design:
        """The design with its services so, and all that follows from them worked out anew; raises DesignError for what cannot be."""
        subject, _, matter = id.removeprefix(f"{self.name}.").rpartition(".")
        wanted = _added(design.services, one_of(value)) if subject == "add" else _changed(design.services, subject, matter, value)
        tiers = {name: placement for name, placement in design.tiers.items() if name in wanted}
        begun = Design(services=wanted, tiers=tiers, target=design.target, ignore=design.ignore, consents=design.consents)
        return beginning.completed(begun, beginning.project(project.directory, wanted, project.name))


def _listed(texts: Iterator[str] | tuple[str, ...]) -> str:
    return ", ".join(texts) or NOTHING


def _parts(text: str) -> tuple[str, ...]:
    return () if text == NOTHING else tuple(part.strip() for part in text.split(",") if part.strip())


def _added(services: Mapping[str, NewService], text: str) -> dict[str, NewService]:
    name, _, image = text.strip().partition(" ")
    if text == NOTHING:
        return dict(services)
    if not image.strip() or name in services:
        raise DesignError(f"'{text[:80]}' is not a new service.", hint="Write its name and its image, such as: cache redis:7")
    facts = image_facts(image.strip())
    tier = facts.tier if facts is not None and facts.tier is not None else Tier.APP
    return {**services, check_name(name, "service"): NewService(check_image(image.strip()), tier)}


def _changed(services: Mapping[str, NewService], name: str, matter: str, value: Answer) -> dict[str, NewService]:
    one = services[name]
    if matter == "stay":
        return dict(services) if value == STAY else _without(services, name)
    if matter == "needs":
        changed = replace(one, needs=(value,) if isinstance(value, str) else value)
    elif matter == "image":
        changed = replace(one, image=check_image(one_of(value).strip()))
    elif matter == "ports":
        changed = replace(one, ports=tuple(check_port(port) for port in _parts(one_of(value))))
    else:
        changed = replace(one, secrets=dict(_secret(part) for part in _parts(one_of(value))))
    return {**services, name: changed}


def _without(services: Mapping[str, NewService], gone: str) -> dict[str, NewService]:
    return {name: replace(one, needs=tuple(need for need in one.needs if need != gone)) for name, one in services.items() if name != gone}


def _secret(text: str) -> tuple[str, str]:
    variable, _, secret = text.partition("=")
    if not variable.isidentifier() or not variable.isascii():
        raise DesignError(f"'{text[:80]}' is not VARIABLE=secret.")
    return variable, check_name(secret, "secret")
