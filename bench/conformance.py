"""Compare what batten resolves with the reference's own output, project by project and field by field.

Usage: ``python -m bench.conformance CORPUS [SLUG…]``. CORPUS holds ``manifest.json``, ``projects/SLUG/…`` and
``reference/SLUG.json`` (``docker compose config --format json``; ``{root}`` and ``{home}`` stand for folders).
"""

from __future__ import annotations

import collections
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from batten.compose import discover, load_project
from batten.errors import BattenError
from bench.reference import base_environment, folder_of

_FREE = {"environment", "labels", "annotations", "driver_opts", "options", "sysctls", "args", "depends_on", "networks"}
_RESOURCES = ("networks", "volumes", "secrets", "configs")


def reference(corpus: Path, slug: str, suffix: str = "") -> dict[str, Any]:
    """The reference's model of a project, with its folders put in and ``$$`` read as ``$``."""
    text = (corpus / "reference" / f"{slug}{suffix}.json").read_text()
    return unescaped(json.loads(text.replace("{root}", str(corpus / "projects" / slug)).replace("{home}", os.path.expanduser("~"))))


def unescaped(model: dict[str, Any]) -> dict[str, Any]:
    """The reference's model with ``$$`` read as ``$``."""
    result: dict[str, Any] = _unescape(model)
    return result


def _unescape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key.replace("$$", "$"): _unescape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unescape(item) for item in value]
    return value.replace("$$", "$") if isinstance(value, str) else value


def ours(corpus: Path, record: dict[str, Any]) -> dict[str, Any]:
    """Our model of the same project, without what no service uses."""
    folder = corpus / "projects" / record["slug"]
    environ = {**base_environment(folder_of(record, folder)), **record.get("ref_env", {})}
    paths = [folder / name for name in record["ref_files"]] or discover(folder, environ)
    env_files = [folder_of(record, folder) / record["ref_env_file"]] if record.get("ref_env_file") else []
    model = load_project(paths, profiles=record.get("ref_profiles", ()), env_files=env_files, environ=environ).tree.plain()
    return comparable(model)


def comparable(model: dict[str, Any]) -> dict[str, Any]:
    """Our model as the reference prints it: without what no service uses, without extension fields inside, hosts sorted."""
    for kind in ("services", *_RESOURCES):
        model[kind] = _without_extensions(model.get(kind, {}))
    for service in model["services"].values():
        if "extra_hosts" in service:
            service["extra_hosts"].sort(key=lambda entry: entry.partition("=")[0])
    return _without_unused(model)


def _without_extensions(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: item if key in _FREE else _without_extensions(item) for key, item in value.items() if not key.startswith("x-")}
    return value


def _without_unused(model: dict[str, Any]) -> dict[str, Any]:
    used: dict[str, set[str]] = {kind: set() for kind in _RESOURCES}
    for service in model["services"].values():
        service.pop("x-batten-env-files", None)
        used["networks"] |= set(service.get("networks") or {})
        used["volumes"] |= {mount.get("source") for mount in service.get("volumes", []) if mount.get("type") == "volume"}
        for kind in ("secrets", "configs"):
            used[kind] |= {grant["source"] for grant in service.get(kind, [])}
        used["secrets"] |= {grant["source"] for grant in (service.get("build") or {}).get("secrets", [])}
    for kind in _RESOURCES:
        kept = {key: value for key, value in model.get(kind, {}).items() if key in used[kind]}
        model.pop(kind, None)
        if kept:
            model[kind] = kept
    return model


def differences(expected: Any, found: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Every place where the two differ."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in sorted({*expected, *found}):
            yield from differences(expected.get(key, "(nothing)"), found.get(key, "(nothing)"), f"{path}.{key}")
    elif expected != found:
        yield path, expected, found


def main(arguments: list[str]) -> int:
    """Print the score and each difference."""
    corpus = Path(arguments[0]).resolve()
    manifest = json.loads((corpus / "manifest.json").read_text())
    records = manifest if isinstance(manifest, list) else manifest["projects"]
    chosen = [record for record in records if not arguments[1:] or record["slug"] in arguments[1:]]
    equal, wrong, kinds = 0, [], collections.Counter[str]()
    for record in (record for record in chosen if record["accepted"]):
        try:
            found = list(differences(reference(corpus, record["slug"]), ours(corpus, record)))
        except BattenError as error:
            found = [("(refused)", "accepted", error.message)]
        if found:
            wrong.append((record["slug"], found))
            kinds.update(path.split(".")[3] if path.count(".") > 2 else path for path, _, _ in found)
        else:
            equal += 1
    for slug, found in wrong:
        print(slug, *(f"  {path}: expected {str(expected)[:90]!r}, found {str(got)[:90]!r}" for path, expected, got in found[:6]), sep="\n")
    rejected = [record for record in chosen if not record["accepted"] and not record.get("fragment")]
    refused = sum(_refused(corpus, record) for record in rejected)
    print(f"{equal} of {equal + len(wrong)} accepted projects equal; {refused} of {len(rejected)} rejected ones refused")
    print(kinds.most_common(20))
    return 0 if not wrong else 1


def _refused(corpus: Path, record: dict[str, Any]) -> bool:
    try:
        ours(corpus, record)
    except BattenError:
        return True
    print(f"not refused: {record['slug']}: {record.get('error', '')[:120]}")
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
