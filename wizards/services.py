"""The step that says what a project consists of that has no compose file yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from batten.design import Design, beginning
from batten.design.sections.services import NewService, check_image, check_name, check_path, check_port, check_variable
from batten.errors import DesignError
from batten.knowledge.images import image_facts
from batten.model import Project, Tier, Zone
from batten.session import Session
from wizards.questions import Answer, Choice, Question, Step, one_of

NOTHING, STAY, REMOVE = "nothing", "keep", "remove"
_NONE = Choice(NOTHING, "none", "")
_STAYING = (Choice(STAY, "it stays"), Choice(REMOVE, "take it away", "with what is only there for it"))

_TEXTS: Mapping[str, tuple[str, str, str]] = {
    "ports": (
        "Which ports of {name} are reached from outside?",
        "HOST:CONTAINER, several with commas. Services of the project reach each other without a published port.",
        "ports, such as 80:8080, 443:8443",
    ),
    "secrets": (
        "Which secrets does {name} get?",
        "VARIABLE=secret, several with commas. batten makes a random value, and services that name the same secret share it.",
        "secrets, such as DB_PASSWORD=db_password",
    ),
    "volumes": (
        "What of {name} is to be kept?",
        "NAME:/folder, several with commas. What is in no volume is gone when the container is made anew.",
        "volumes, such as db-data:/var/lib/postgresql/data",
    ),
    "environment": (
        "Which settings does {name} get?",
        "VARIABLE=value, several with commas. They stand in the files for everyone to read: no passwords.",
        "settings, such as LOG_LEVEL=info",
    ),
}
"""What is typed about a service: the question, why, and what may be typed."""


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
        """Which services there are to be, then for each what it is: whom one talks to is asked when all are known. Nothing for a project that has its files."""
        if not session.begins:
            return []
        wanted = session.design.services
        stays = [self._stay(name, one) for name, one in wanted.items()] if len(wanted) > 1 else []
        return [*stays, self._more(wanted), *(question for name in wanted for question in self._of(name, wanted))]

    def _stay(self, name: str, one: NewService) -> Question:
        why = "Others that talk to it no longer do when it is gone."
        return Question(f"{self.name}.{name}.stay", name, f"Is {name} ({one.image}) wanted?", why, _STAYING, STAY)

    def _of(self, name: str, wanted: Mapping[str, NewService]) -> Iterator[Question]:
        one = wanted[name]

        def ask(matter: str, prompt: str, why: str, default: Answer, choices: tuple[Choice, ...] = (), free: str = "", several: bool = False) -> Question:
            return Question(f"{self.name}.{name}.{matter}", name, prompt, why, choices, default, several=several, free=free)

        yield ask("image", f"Which image does {name} run?", "With a version, so that it does not change by itself.", one.image, free="an image")
        others = tuple(Choice(other, other) for other in wanted if other != name)
        way_out = Choice(str(Zone.INTERNET), "the internet", "it needs a way out")
        yield ask("needs", f"Whom does {name} talk to?", "Nobody else will be in its reach.", tuple(one.needs), (*others, way_out), several=True)
        held = form_of(one)
        for matter, (prompt, why, free) in _TEXTS.items():
            yield ask(matter, prompt.format(name=name), why, held[matter] or NOTHING, (_NONE,), free)

    def _more(self, wanted: Mapping[str, NewService]) -> Question:
        why = "Its name is how the others call it."
        return Question(f"{self.name}.add.{len(wanted)}", "another one", "Is there another service?", why, (Choice(NOTHING, "no"),), NOTHING, free="NAME IMAGE")

    def answer(self, design: Design, id: str, value: Answer, project: Project) -> Design:
        """The design with its services so, and all that follows from them worked out anew; raises DesignError for what cannot be."""
        subject, _, matter = id.removeprefix(f"{self.name}.").rpartition(".")
        wanted = _added(design.services, one_of(value)) if subject == "add" else _changed(design.services, subject, matter, value)
        return _following(design, wanted, project)


def rewritten(session: Session, wanted: Mapping[str, NewService], label: str) -> Session:
    """The session with other services, as one decision; raises DesignError for services that make no project."""
    for name, one in wanted.items():
        strange = next((need for need in one.needs if need not in wanted and need != Zone.INTERNET), None)
        if strange is not None:
            raise DesignError(f"{name} talks to '{strange}', which is no service here.", hint="Name services of this project, or internet.")
    return session.decide(_following(session.design, wanted, session.project), label)


def described(form: Mapping[str, str], tier: Tier | None = None) -> NewService:
    """A service out of the texts of its form: image, ports, needs, secrets, volumes and environment; raises DesignError for a text that does not fit.

    Without a tier, what is known of the image says it.
    """
    image = check_image(form["image"].strip())
    one = NewService(image, tier or _tier(image))
    for matter in ("ports", "secrets", "volumes", "environment"):
        one = _with(one, matter, form[matter] or NOTHING)
    return replace(one, needs=_parts(form["needs"] or NOTHING))


def form_of(one: NewService) -> dict[str, str]:
    """The texts of a service's form."""
    return {
        "image": one.image,
        "ports": ", ".join(one.ports),
        "needs": ", ".join(one.needs),
        "secrets": ", ".join(f"{variable}={secret}" for variable, secret in one.secrets.items()),
        "volumes": ", ".join(f"{volume}:{folder}" for volume, folder in one.volumes.items()),
        "environment": ", ".join(f"{variable}={value}" for variable, value in one.environment.items()),
    }


def suggested(name: str, image: str) -> NewService:
    """What is known to be wanted for an image: the password that it takes from a file, and a volume for what it keeps."""
    facts = image_facts(image)
    one = NewService(image, _tier(image))
    if facts is None:
        return one
    passwords = [variable for variable, form in facts.file_forms.items() if variable.endswith("PASSWORD") and form.verified]
    chosen = passwords if len(passwords) == 1 else [variable for variable in passwords if variable.endswith("ROOT_PASSWORD")]
    secrets = {variable: f"{name}_password" for variable in chosen[:1]}
    keeps = facts.runtime.keeps[:1] if facts.runtime is not None else ()
    return replace(one, secrets=secrets, volumes={f"{name}-data": folder for folder in keeps})


def _tier(image: str) -> Tier:
    facts = image_facts(image)
    return facts.tier if facts is not None and facts.tier is not None else Tier.APP


def _following(design: Design, wanted: Mapping[str, NewService], project: Project) -> Design:
    """The design with these services, and all that follows from them; tiers that were decided stay."""
    tiers = {name: placement for name, placement in design.tiers.items() if name in design.services and name in wanted}
    begun = Design(services=wanted, tiers=tiers, target=design.target, ignore=design.ignore, consents=design.consents)
    return beginning.completed(begun, beginning.project(project.directory, wanted, project.name))


def _parts(text: str) -> tuple[str, ...]:
    return () if text == NOTHING else tuple(part.strip() for part in text.split(",") if part.strip())


def _added(services: Mapping[str, NewService], text: str) -> dict[str, NewService]:
    name, _, image = text.strip().partition(" ")
    if text == NOTHING:
        return dict(services)
    if not image.strip() or name in services:
        raise DesignError(f"'{text[:80]}' is not a new service.", hint="Write its name and its image, such as: cache redis:7")
    check_name(name, "service")
    return {**services, name: suggested(name, check_image(image.strip()))}


def _changed(services: Mapping[str, NewService], name: str, matter: str, value: Answer) -> dict[str, NewService]:
    one = services[name]
    if matter == "stay":
        return dict(services) if value == STAY else without(services, name)
    if matter == "needs":
        return {**services, name: replace(one, needs=(value,) if isinstance(value, str) else value)}
    return {**services, name: _with(one, matter, one_of(value))}


def _with(one: NewService, matter: str, text: str) -> NewService:
    """The service after one of its texts was typed; raises DesignError for one that does not fit."""
    if matter == "image":
        return replace(one, image=check_image(text.strip()))
    if matter == "ports":
        return replace(one, ports=tuple(check_port(port) for port in _parts(text)))
    if matter == "secrets":
        return replace(one, secrets=dict(map(_secret, _parts(text))))
    if matter == "volumes":
        return replace(one, volumes=dict(map(_volume, _parts(text))))
    return replace(one, environment=dict(map(_setting, _parts(text))))


def without(services: Mapping[str, NewService], gone: str) -> dict[str, NewService]:
    """The services without one of them, which nobody talks to any more."""
    return {name: replace(one, needs=tuple(need for need in one.needs if need != gone)) for name, one in services.items() if name != gone}


def _secret(text: str) -> tuple[str, str]:
    variable, _, secret = text.partition("=")
    return check_variable(variable.strip()), check_name(secret.strip(), "secret")


def _volume(text: str) -> tuple[str, str]:
    volume, _, folder = text.partition(":")
    return check_name(volume.strip(), "volume"), check_path(folder.strip())


def _setting(text: str) -> tuple[str, str]:
    variable, _, value = text.partition("=")
    return check_variable(variable.strip()), value.strip()
