"""Rights are taken in the words of the target, once, and what the file says already stays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from batten.compose import load_project
from batten.design import Design, confining, file
from batten.design.confining import CAPABILITIES, TIGHT
from batten.design.proposal import propose
from batten.design.sections.privileges import Privilege
from batten.errors import DesignError
from batten.hardening import harden
from batten.model import Project, Risk, Service
from batten.plan import plan
from tests.support import project_of

SERVERS = """
services:
  web: {image: "nginx:1.27", ports: ["80:80"]}
  db:
    image: postgres:16
    security_opt: ["seccomp:unconfined"]
    volumes: ["data:/var/lib/postgresql/data"]
  cache: {image: "redis:7", pids_limit: 50, cap_add: [SYS_RESOURCE], cap_drop: [CHOWN]}
  app: {image: "acme/app"}
volumes: {data: {}}
"""


def tightened(project: Project, kind: str = "compose", **more: object) -> Design:
    design = propose(project)
    aim = design.target._replace(kind=kind)
    levels = {name: confining.levels(project, one, aim) for name, one in project.services.items()}
    held = {name: found.get(TIGHT, found["light"])._replace(**more) for name, found in levels.items()}  # type: ignore[arg-type]
    return replace(design, target=aim, privileges=held)


class TestCompose:
    @pytest.fixture
    def after(self, tmp_path: Path) -> Project:
        project = project_of(SERVERS, tmp_path)
        return harden(project, tightened(project, memory="256m")).after

    def said(self, after: Project, service: str, *path: str) -> object:
        value = after.value(("services", service, *path))
        return value.plain() if value is not None else None

    def test_all_that_the_image_can_do_without_is_gone(self, after: Project) -> None:
        db: Service = after.services["db"]
        assert (db.cap_drop, db.cap_add, db.user, db.read_only) == (("ALL",), (), "postgres", True)
        assert db.tmpfs == ("/var/run/postgresql:size=16m", "/tmp:size=64m")
        assert db.security_opt == ("no-new-privileges:true",)
        assert (self.said(after, "db", "pids_limit"), self.said(after, "db", "mem_limit")) == (confining.PIDS, str(256 << 20))

    def test_what_the_file_says_itself_stays(self, after: Project) -> None:
        cache = after.services["cache"]
        assert (cache.cap_add, cache.cap_drop) == (("SYS_RESOURCE",), ("CHOWN", "ALL"))
        assert self.said(after, "cache", "pids_limit") == 50

    def test_a_limit_stands_where_the_file_has_its_limits(self, tmp_path: Path) -> None:
        project = project_of("services: {a: {image: 'redis:7', deploy: {resources: {limits: {cpus: '1'}}}}}", tmp_path)
        limits = harden(project, tightened(project, memory="256m")).after.value(("services", "a", "deploy", "resources", "limits"))
        assert limits is not None and limits.plain() == {"cpus": 1, "memory": str(256 << 20), "pids": confining.PIDS}

    def test_of_an_unknown_image_only_what_few_programs_use_is_gone(self, after: Project) -> None:
        app = after.services["app"]
        assert (app.cap_drop, app.read_only, app.user, app.security_opt) == (("NET_RAW",), False, "", ("no-new-privileges:true",))

    def test_again_there_is_nothing_to_do(self, tmp_path: Path) -> None:
        project = project_of(SERVERS, tmp_path)
        design = tightened(project, memory="256m", apparmor="complain")
        after = harden(project, design).after
        assert plan(after, design) == ()
        assert plan(after, replace(propose(after), privileges=tightened(after, memory="256m", apparmor="complain").privileges)) == ()

    def test_one_takes_part_in_the_other_or_neither(self, tmp_path: Path) -> None:
        project = project_of(SERVERS, tmp_path)
        done = harden(project, tightened(project), accept=Risk.SAFE)
        assert done.after.services["web"].cap_drop == () and done.after.services["web"].security_opt == ("no-new-privileges:true",)
        assert {one.decision for one in done.declined} >= {"privileges.web/confined", "privileges.app"}


class TestStack:
    def test_says_what_a_stack_file_can_say(self, tmp_path: Path) -> None:
        project = project_of(SERVERS.replace(", pids_limit: 50", ""), tmp_path)
        done = harden(project, tightened(project, "stack", memory="256m", apparmor="enforce"))
        db = done.after.services["db"]
        assert (db.cap_drop, db.user, db.read_only, db.tmpfs) == (("ALL",), "postgres", True, ())
        assert [(mount.kind, mount.target) for mount in db.mounts] == [
            ("volume", "/var/lib/postgresql/data"),
            ("tmpfs", "/var/run/postgresql"),
            ("tmpfs", "/tmp"),
        ]
        assert db.security_opt == ("seccomp:unconfined",), "a stack file cannot change it, the daemon can"
        limits = done.after.value(("services", "db", "deploy", "resources", "limits"))
        assert limits is not None and limits.plain() == {"pids": confining.PIDS, "memory": str(256 << 20)}
        assert plan(done.after, done.design) == ()


class TestTheProposal:
    def test_goes_beyond_the_light_form_only_where_that_was_tried(self, tmp_path: Path) -> None:
        text = "services: {a: {image: 'nginx'}, b: {image: 'mysql:8'}, c: {image: acme/c}, d: {image: 'redis:7', privileged: true}}"
        found = propose(project_of(text, tmp_path)).privileges
        assert {name: one.drop for name, one in found.items()} == {"a": ("ALL",), "b": ("NET_RAW",), "c": ("NET_RAW",)}
        assert not any(one.read_only or one.user or one.pids or one.memory or one.apparmor or one.remove for one in found.values())

    def test_is_the_same_for_what_it_made(self, tmp_path: Path) -> None:
        project = project_of(SERVERS, tmp_path)
        after = harden(project, propose(project)).after
        assert plan(after, propose(after)) == ()

    def test_what_was_hardened_lightly_before_is_hardened_further(self, tmp_path: Path) -> None:
        project = project_of("services: {a: {image: 'redis:7', cap_drop: [NET_RAW]}}", tmp_path)
        assert harden(project, propose(project)).after.services["a"].cap_drop == ("NET_RAW", "ALL")


class TestTheFile:
    def test_reads_what_it_wrote(self, tmp_path: Path, demo: Path) -> None:
        project = load_project([demo / "compose.yaml"], environ={})
        for level in (CAPABILITIES, TIGHT):
            held = {
                name: levels[level] for name, one in project.services.items() if level in (levels := confining.levels(project, one, propose(project).target))
            }
            design = Design(privileges={name: one._replace(memory="1g", apparmor="enforce", remove=("SYS_ADMIN",)) for name, one in held.items()})
            assert held and file.load(file.dump(design)).privileges == design.privileges

    @pytest.mark.parametrize(
        ("entry", "said"),
        [
            ("memory: plenty", "memory must be a size"),
            ("memory: 1m", "memory must be a size"),
            ("pids: -1", "whole number"),
            ("pids: many", "whole number"),
            ("apparmor: maybe", "'complain' or 'enforce'"),
            ("tmpfs: [run]", "absolute folders"),
            ("colour: red", "'colour' is not a key"),
        ],
    )
    def test_refuses_what_docker_would_not_take(self, entry: str, said: str) -> None:
        with pytest.raises(DesignError, match=said):
            file.load(f"version: 1\nprivileges:\n  a:\n    {entry}\n")

    def test_names_of_capabilities_may_be_spelt_as_docker_takes_them(self) -> None:
        text = "version: 1\nprivileges: {a: {drop: [all], add: [cap_chown], remove: [Sys_Admin]}}\n"
        assert file.load(text).privileges["a"] == Privilege(("ALL",), add=("CHOWN",), remove=("SYS_ADMIN",))
