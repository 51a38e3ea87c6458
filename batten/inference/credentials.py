"""Credentials in the environment of services, and whether the image can read them from a file instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from batten.inference.latest import kept_for_latest
from batten.inference.mounted import MountedFile, mounted_files
from batten.inference.recognition import is_credential
from batten.knowledge.images import FileForm, ImageFacts, image_facts
from batten.model import Origin, Project, SecretText, Service, TreePath, Variable


class Credential(NamedTuple):
    """One credential in a service's environment."""

    service: str
    variable: str
    path: TreePath
    origin: Origin
    value: SecretText
    """Empty where the project does not say it: a variable that is passed on, or interpolated and not set here."""
    form: FileForm | None
    """How the image takes it from a file, if that is known for certain."""
    obstacle: str
    """Why it cannot be moved to a file, without a full stop; empty when it can."""


@kept_for_latest
def find_credentials(project: Project) -> tuple[Credential, ...]:
    """All credentials in environments, env files included, in the order of the project."""
    found = []
    for service in project.services.values():
        variables = [variable for variable in service.environment.values() if _holds_credential(project, service, variable)]
        files = list(mounted_files(project, service)) if variables else []
        found += [_credential(service, variable, files) for variable in variables]
    return tuple(found)


def _holds_credential(project: Project, service: Service, variable: Variable) -> bool:
    value = variable.value.reveal() if variable.value is not None else None
    facts = image_facts(service.image) if service.image else None
    hidden = variable.value is None or _filled_in(project, variable)
    if facts is not None and variable.name in facts.credentials and value and "://" not in value:
        return is_credential("PASSWORD", value, hidden=hidden)
    return is_credential(variable.name, value, hidden=hidden)


def _filled_in(project: Project, variable: Variable) -> bool:
    """Whether the text of a variable refers to others, so that its value may come from outside when the project starts."""
    span = variable.origin.primary
    source = project.sources.get(span.file)
    return source is not None and "$" in source.text[span.start : span.end]


def _credential(service: Service, variable: Variable, files: list[MountedFile]) -> Credential:
    facts = image_facts(service.image) if service.image else None
    form = facts.form(variable.name) if facts is not None else None
    obstacle = next(_obstacles(service, variable, facts, form, files), "")
    usable = form if form is not None and form.verified else None
    path: TreePath = ("services", service.name, "environment", variable.name)
    return Credential(service.name, variable.name, path, variable.origin, variable.value or SecretText(""), usable, obstacle)


def _obstacles(service: Service, variable: Variable, facts: ImageFacts | None, form: FileForm | None, files: list[MountedFile]) -> Iterator[str]:
    """Everything that stands in the way, the most basic first."""
    name = variable.name
    if form is None or facts is None:
        yield _no_form(service, name, facts)
        return
    if not form.verified:
        yield f"it is not verified that {service.image} reads {name} from a file"
    if form.variable != name and form.variable in service.environment:
        yield f"both {name} and {form.variable} are set"
    if form.unless in service.environment:
        yield f"{form.unless} makes {facts.id} look elsewhere for the file"
    if variable.value and _changed_by_reading(variable.value):
        yield f"{name} has line ends, or blanks at its ends, which images that read it from a file may take away"
    reader = _read_inside(service, name)
    if reader:
        yield f"the {reader} of the service reads {name} inside the container, where it would be missing"
    script = next((file.shown for file in files if _mentions(file.text, name)), "") if not facts.exports else ""
    if script:
        yield f"{script}, which is mounted into the container, reads {name}"
    if not variable.value:
        yield f"the value of {name} is not known here, so it cannot be written to a file"


def _changed_by_reading(value: SecretText) -> bool:
    """Whether readers of files, which trim or read one line, might see another value: shells strip newlines at the end, others every blank."""
    text = value.reveal()
    return text != text.strip() or any(end in text for end in "\r\n")


def _no_form(service: Service, name: str, facts: ImageFacts | None) -> str:
    if not service.image:
        return f"the image is built here, and we do not know whether it reads {name} from a file"
    if facts is None or facts.role == "base image" or not (facts.file_forms or facts.form_patterns or facts.instead or name in facts.credentials):
        return f"we do not know whether {service.image} reads {name} from a file"
    if facts.instead:
        return f"{facts.id} does not read {name} from a file named in a variable: {facts.instead}"
    return f"{facts.id} is not known to read {name} from a file"


def _read_inside(service: Service, name: str) -> str:
    """The key of the service whose text takes the variable from the container's environment."""
    for key, arguments in (("healthcheck", service.healthcheck), ("command", service.command), ("entrypoint", service.entrypoint)):
        if any(_refers(argument, name) for argument in arguments):
            return key
    return ""


def _refers(text: str, name: str) -> bool:
    return bool(re.search(rf"\$\{{?{re.escape(name)}(?![A-Za-z0-9_])|printenv\s+{re.escape(name)}(?![A-Za-z0-9_])", text))


def _mentions(text: str, name: str) -> bool:
    return bool(re.search(rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_])", text))
