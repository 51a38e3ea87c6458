"""AppArmor profiles below ``apparmor/``: one for each service for which one was asked, and the script that loads them.

A profile says once more, in the kernel's words, what the hardened compose file says: the capabilities that are left, the folders that
may be written to, no mounts. Rules about /proc, /sys, signals and ptrace serve the ends of the engine's own profile (moby,
profiles/apparmor/template.go), which a profile of one's own replaces.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.design.sections.privileges import COMPLAIN
from batten.errors import BattenError
from batten.hardening import Hardening
from batten.knowledge.capabilities import DEFAULT, all_names, normalised
from batten.knowledge.images import image_facts
from batten.model import GeneratedFile, Service
from batten.plan.privileges import APPARMOR, profile_name
from generators.host_rendering import PROGRAM, rendered

FOLDER, LOADER = "apparmor", "load.sh"
_GLOB = frozenset('\\"*?[]{}^,@')


def files(hardening: Hardening) -> Iterator[GeneratedFile]:
    """A profile for each service that asks for its own, and ``load.sh``; raises BattenError for a folder that no profile can name."""
    profiles = asked(hardening)
    for name, profile in profiles.items():
        yield _profile(hardening.after.services[name], profile, hardening.design.privileges[name].apparmor == COMPLAIN)
    if profiles:
        purpose = "loads the AppArmor profiles, and takes them out again"
        yield rendered(f"{FOLDER}/{LOADER}", "apparmor/load.sh.j2", purpose, mode=PROGRAM, profiles=sorted(profiles.values()))


def asked(hardening: Hardening) -> dict[str, str]:
    """Service → profile, for those that get one and that run under it in the hardened project."""
    after, held = hardening.after, hardening.design.privileges
    names = {name: profile_name(after.name, name) for name, one in held.items() if one.apparmor and name in after.services}
    return {name: profile for name, profile in names.items() if APPARMOR + profile in after.services[name].security_opt}


def _profile(service: Service, name: str, complain: bool) -> GeneratedFile:
    capabilities = left_to(service)
    return rendered(
        f"{FOLDER}/{name}",
        "apparmor/profile.j2",
        f"the AppArmor profile of {service.name}",
        name=name,
        complain=complain,
        capabilities=sorted(one.lower() for one in capabilities),
        raw="NET_RAW" in capabilities,
        sealed=service.read_only,
        folders=[(quoted(folder), quoted(f"{folder}/"), quoted(f"{folder}/", "**")) for folder in writable(service)],
    )


def left_to(service: Service) -> frozenset[str]:
    """The capabilities of a service as the engine works them out (moby, oci/caps/utils.go); raises BattenError for one that does not exist."""
    added, dropped = (frozenset(map(normalised, names)) for names in (service.cap_add, service.cap_drop))
    known = frozenset(all_names())
    found = known - dropped if "ALL" in added else added if "ALL" in dropped else (DEFAULT - dropped) | added
    strange = sorted(found - known)
    if strange or service.privileged:
        what = f"'{strange[0]}', which is no capability that a profile can name" if strange else "every right (privileged)"
        raise BattenError(f"no AppArmor profile can be written for {service.name}: it has {what}.", hint="Take 'apparmor' out of its privileges.")
    return found


def writable(service: Service) -> list[str]:
    """Folders and files of a read-only service that it may write to nevertheless: volumes, temporary folders, the image's own volumes."""
    facts = image_facts(service.image)
    kept = facts.runtime.keeps if facts is not None and facts.runtime is not None else ()
    mounted = [mount.target for mount in service.mounts if not mount.read_only]
    found = [*mounted, *(entry.partition(":")[0] for entry in service.tmpfs), *kept]
    # /var/run leads to /run in nearly all images, and AppArmor sees where a path leads to.
    folders = [other for one in found for other in (one, one.removeprefix("/var") if one.startswith("/var/run") else one)]
    return list(dict.fromkeys(folder.rstrip("/") for folder in folders if folder.rstrip("/")))


def quoted(path: str, pattern: str = "") -> str:
    """A path as AppArmor reads it literally, with a pattern behind it; raises BattenError for what no profile can hold."""
    if not path.isprintable():
        raise BattenError(f"no AppArmor profile can name the folder {path!r}.", hint="Rename it, or take 'apparmor' out of the service's privileges.")
    return '"' + "".join(f"\\{character}" if character in _GLOB else character for character in path) + pattern + '"'
