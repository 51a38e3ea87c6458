"""Credentials that a start script can hand over: it reads them from files and starts the program with them in its environment.

What a shell does to the environment that passes through it was tried with dash, bash and busybox: values stay as they are, byte by byte;
names that are none for a shell are dropped by dash and busybox, and the shell's own variables are changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from batten.compose.dockerfile import read_dockerfile
from batten.inference.credentials import Credential
from batten.inference.starting import Unsaid, start_of
from batten.model import Project, Service

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_OWN = re.compile(r"(IFS|OPTIND|OPTERR|PPID|PS[124]|PWD|OLDPWD|SHLVL|LINENO|RANDOM|HISTCMD|SHELLOPTS|EPOCHSECONDS|COMP_WORDBREAKS|BASH.*|_)\Z")
_HOOKS = ("post_start", "pre_stop")


def shim_obstacles(project: Project, credentials: Sequence[Credential]) -> dict[tuple[str, str], str]:
    """For each credential why a start script cannot hand it over, without a full stop; empty where it can."""
    of_service = {name: _of_service(project, project.services[name]) for name in dict.fromkeys(one.service for one in credentials)}
    return {(one.service, one.variable): _of_variable(one) or of_service[one.service] for one in credentials}


def _of_variable(credential: Credential) -> str:
    if not credential.value:
        return "its value is not known here"
    if not _NAME.match(credential.variable) or _OWN.match(credential.variable):
        return f"a shell cannot set {credential.variable}"
    return ""


def _of_service(project: Project, service: Service) -> str:
    start = start_of(project, service)
    if isinstance(start, Unsaid):
        return start.reason + (f" ({start.command} tells)" if start.command else "")
    lost = next((name for name in _names(project, service) if not _NAME.match(name) or _OWN.match(name)), "")
    if lost:
        return f"the variable {lost} would not pass through a shell"
    hook = next((key for key in _HOOKS if project.value((*service.path, key)) is not None), "")
    return f"its {hook} runs beside the program, where the variable would be missing" if hook else ""


def _names(project: Project, service: Service) -> list[str]:
    """Names of the variables that the container has, as far as the files say."""
    dockerfile = read_dockerfile(project, service) if service.build_context else None
    return [*service.environment, *(dockerfile.final.environment if dockerfile is not None else ())]
