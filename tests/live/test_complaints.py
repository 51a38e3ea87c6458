"""Complaints in logs, and the Changes that are named for them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from batten.design.sections.mtls import Link, MutualTls
from batten.engine.protocol import Condition
from batten.engine.watching import Seen
from batten.hardening import Hardening
from tests.live.complaining import SHOP, explained, first, hardened, rights, seen
from tests.live.fakes import composed


class TestACapability:
    @pytest.mark.parametrize(
        ("gone", "line"),
        [
            ("SETUID", "setpriv: setresuid failed: Operation not permitted"),
            ("CHOWN", "chown: /var/lib/postgresql/data: Operation not permitted"),
            ("DAC_OVERRIDE", "mkdir: cannot create directory '/var/lib/postgresql/data/x': Permission denied"),
        ],
    )
    def test_that_is_missing_is_named(self, tmp_path: Path, gone: str, line: str) -> None:
        hardening = hardened(tmp_path, rights("db", add=tuple({"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"} - {gone})))
        (one, *_) = explained(hardening, seen(db=line)).suspects
        assert (one.change.id, one.service, one.line) == ("privileges.db.ALL", "db", line)
        assert one.why == f"It takes {gone} for this, and db no longer has it."

    def test_that_is_not_missing_is_not_blamed_alone(self, tmp_path: Path) -> None:
        hardening = hardened(tmp_path)
        (one, *_) = explained(hardening, seen(db="setpriv: setresuid failed: Operation not permitted")).suspects
        assert (one.change.id, one.weight < 60) == ("privileges.db.ALL", True)
        assert "one of which may be what it takes" in one.why

    def test_that_somebody_had_added_is_blamed_where_it_was_taken(self, tmp_path: Path) -> None:
        text = SHOP.replace('"redis:7"', '"redis:7", cap_add: [SYS_NICE]')
        hardening = hardened(tmp_path, rights("cache", drop=(), remove=("SYS_NICE",)), text)
        assert first(explained(hardening, seen(cache="setpriority: Operation not permitted"))) == "privileges.cache.remove.SYS_NICE"


class TestAUser:
    def test_is_blamed_for_what_belongs_to_another(self, tmp_path: Path) -> None:
        hardening = hardened(tmp_path, rights("cache", user="redis", add=()))
        (one, *_) = explained(hardening, seen(cache="open /data/appendonlydir: permission denied")).suspects
        assert (one.change.id, one.why) == ("privileges.cache.user", "cache no longer starts as root: /data/appendonlydir is not open to redis.")

    def test_is_blamed_before_the_capabilities_that_only_root_would_have(self, tmp_path: Path) -> None:
        hardening = hardened(tmp_path, rights("db", user="1234", add=()))
        found = explained(hardening, seen(db="chmod: /var/lib/postgresql/data: Operation not permitted"))
        assert [one.change.id for one in found.suspects] == ["privileges.db.user", "privileges.db.ALL"]

    def test_is_only_a_guess_where_no_path_is_named(self, tmp_path: Path) -> None:
        hardening = hardened(tmp_path, rights("web", user="1000", drop=("ALL",)))
        found = explained(hardening, seen(web="403: permission denied for guest"))
        assert {one.weight < 60 for one in found.suspects} == {True}


class TestAFileSystem:
    def test_that_is_read_only_is_named(self, tmp_path: Path) -> None:
        hardening = hardened(tmp_path, rights("web", read_only=True, tmpfs=("/tmp",)))
        (one, *rest) = explained(hardening, seen(web="OSError: [Errno 30] Read-only file system: '/app/cache/x'")).suspects
        assert (one.change.id, one.says, rest) == ("privileges.web.read-only", "web may not write /app/cache/x.", [])

    def test_is_not_blamed_for_a_mount_that_was_read_only_before(self, tmp_path: Path) -> None:
        text = SHOP.replace('"redis:7"', '"redis:7", volumes: ["./conf:/conf:ro"]')
        hardening = hardened(tmp_path, rights("cache", read_only=True), text)
        found = explained(hardening, seen(cache="Can't write /conf/redis.conf: Read-only file system"))
        assert (found.suspects, [one.says for one in found.unexplained]) == ((), ["cache may not write /conf/redis.conf."])

    @pytest.mark.parametrize("line", ["write /scratch/x: no space left on device", "open /scratch/x: no such file or directory"])
    def test_in_memory_is_named_for_what_lies_in_it(self, tmp_path: Path, line: str) -> None:
        hardening = hardened(tmp_path, rights("web", tmpfs=("/scratch:size=1m",)))
        assert first(explained(hardening, seen(web=line))) == "privileges.web.tmpfs./scratch"
        assert not explained(hardening, seen(web=line.replace("/scratch", "/scratchy"))).suspects


class TestASecret:
    def test_that_cannot_be_read_is_named(self, tmp_path: Path) -> None:
        hardening = hardened(tmp_path)
        (one, *_) = explained(hardening, seen(db="/entrypoint.sh: line 9: /run/secrets/postgres_password: Permission denied")).suspects
        assert (one.change.id, one.weight) == ("secrets.db.POSTGRES_PASSWORD.mount", 95)

    def test_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        line = "FileNotFoundError: [Errno 2] No such file or directory: '/run/secrets/postgres_password'"
        assert first(explained(hardened(tmp_path), seen(db=line))) == "secrets.db.POSTGRES_PASSWORD.mount"

    @pytest.mark.parametrize(
        "line",
        ["POSTGRES_PASSWORD is not set", "Database is uninitialized and superuser password is not specified", 'password authentication failed for user "x"'],
    )
    def test_that_the_program_does_not_find_is_named(self, tmp_path: Path, line: str) -> None:
        assert first(explained(hardened(tmp_path), seen(db=line))) == "secrets.db.POSTGRES_PASSWORD.remove"

    def test_that_another_service_has_too_is_the_likelier_one_where_a_password_is_refused(self, tmp_path: Path) -> None:
        text = """
services:
  api: {image: "directus/directus:11", environment: {SECRET: barnacle-bay-at-dusk, DB_HOST: db, DB_PASSWORD: turbot-by-lamplight}}
  db: {image: "postgres:16", environment: {POSTGRES_PASSWORD: turbot-by-lamplight}}
"""
        found = explained(hardened(tmp_path, text=text), seen(api='ConnectionError: FATAL:  password authentication failed for user "shop"'))
        assert [one.change.id for one in found.suspects] == ["secrets.api.DB_PASSWORD.remove", "secrets.api.SECRET.remove"]

    def test_of_another_service_is_not(self, tmp_path: Path) -> None:
        assert not explained(hardened(tmp_path), seen(web="POSTGRES_PASSWORD is not set"))

    def test_never_shows_its_value(self, tmp_path: Path) -> None:
        line = "open /run/secrets/postgres_password: permission denied (turbot-by-lamplight) " + "x" * 150 + "turbot-by-lamplight" * 20
        found = explained(hardened(tmp_path), seen(db=line, web="finds no turbot-by-lamplight\nlookup turbot-by-lamplight.example: no such host"))
        told = repr(found) + "".join(map(str, [*found.suspects, *found.unexplained]))
        quoted = "".join(one.says + one.line for one in found.suspects) + "".join(one.says + one.line for one in found.unexplained)
        assert "••••" in quoted
        assert "turbot" not in told + quoted + "".join(one.why for one in found.suspects)


class TestOtherChanges:
    @pytest.mark.parametrize(
        ("changed", "line", "named"),
        [
            ({"pids": 5}, "RuntimeError: can't start new thread", "privileges.web.pids"),
            ({"no_new_privileges": True}, 'sudo: The "no new privileges" flag is set', "privileges.web.no-new-privileges"),
            ({"drop": ("ALL",)}, "Error: listen EACCES: permission denied 0.0.0.0:80", "privileges.web.ALL"),
            ({"apparmor": "enforce"}, "apply apparmor profile: apparmor failed to apply profile", "privileges.web.apparmor"),
        ],
    )
    def test_are_named(self, tmp_path: Path, changed: dict[str, Any], line: str, named: str) -> None:
        now = seen(web=line)
        broken = composed("shop", "web", state="exited", condition=Condition(exit_code=1))
        assert first(explained(hardened(tmp_path, rights("web", **changed)), replace(now, containers={**now.containers, "web": [broken]}))) == named

    def test_of_memory_are_named_where_the_kernel_ended_a_process(self, tmp_path: Path) -> None:
        now = seen()
        killed = composed("shop", "web", state="exited", condition=Condition(exit_code=137, oom_killed=True))
        found = explained(hardened(tmp_path, rights("web", memory="64m")), replace(now, containers={**now.containers, "web": [killed]}))
        assert first(found) == "privileges.web.memory"

    def test_of_a_published_port_are_named_by_the_engines_own_words(self, tmp_path: Path) -> None:
        text = SHOP.replace('"postgres:16"', '"postgres:16", ports: ["5432:5432"]')
        now = seen()
        refused = composed("shop", "db", state="created", condition=Condition(128, error="listen tcp4 192.0.2.7:5432: bind: cannot assign requested address"))
        found = explained(hardened(tmp_path, text=text), replace(now, containers={**now.containers, "db": [refused]}))
        assert found.suspects[0].change.path[:3] == ("services", "db", "ports")

    def test_of_a_start_script_are_named(self, tmp_path: Path) -> None:
        text = 'services: {mq: {image: "rabbitmq:3.13", environment: {RABBITMQ_DEFAULT_PASS: turbot-by-lamplight}}}\n'
        broken = composed("shop", "mq", state="created", condition=Condition(127, error='exec: "/bin/sh": no such file or directory: unknown'))
        assert first(explained(hardened(tmp_path, text=text), Seen({"mq": [broken]}))) == "secrets.mq.shim.entrypoint"

    def test_of_the_engines_socket_are_named(self, tmp_path: Path) -> None:
        text = 'services: {logs: {image: "amir20/dozzle:v8", volumes: ["/var/run/docker.sock:/var/run/docker.sock"]}}\n'
        line = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
        found = explained(hardened(tmp_path, text=text), Seen({"logs": [composed("shop", "logs")]}, {"logs": [line]}))
        assert found.suspects[0].change.decision.startswith("sockets.")


class TestWhatIsNoEvidence:
    LINE = "2026/11/22 03:00:00 [emerg] 7#7: setuid(101) failed (1: Operation not permitted)"

    def test_a_complaint_from_before_whatever_its_time(self, tmp_path: Path) -> None:
        hardening = hardened(tmp_path)
        again = self.LINE.replace("03:00:00", "03:11:59").replace("7#7", "8#8")
        assert explained(hardening, seen(db=again))
        assert not explained(hardening, seen(db=again), seen(db=self.LINE))
        assert explained(hardening, seen(db=again), seen(cache=self.LINE))

    def test_a_service_that_is_of_another_project(self, tmp_path: Path) -> None:
        assert not explained(hardened(tmp_path), Seen({"stray": [composed("shop", "stray", state="exited")]}, {"stray": [self.LINE]}))

    def test_a_service_that_was_down_already(self, tmp_path: Path) -> None:
        down = Seen({"web": [composed("shop", "web", state="exited", condition=Condition(exit_code=1))]})
        assert explained(hardened(tmp_path), down)
        assert not explained(hardened(tmp_path), down, down)

    def test_what_ended_well(self, tmp_path: Path) -> None:
        assert not explained(hardened(tmp_path), Seen({"web": [composed("shop", "web", state="exited")]}, {"web": ["done"]}))

    def test_a_warning_of_a_service_that_is_up_is_a_guess(self, tmp_path: Path) -> None:
        line = "10-listen-on-ipv6.sh: info: can not modify /etc/nginx/x.conf (read-only file system?)"
        hardening = hardened(tmp_path, rights("web", read_only=True))
        (one,) = explained(hardening, seen(web=line)).suspects
        assert (one.change.id, one.weight) == ("privileges.web.read-only", 50)


class TestAServiceThatWasAdded:
    """A sidecar that speaks mutual TLS, and the services on both of its sides."""

    def planted(self, tmp_path: Path) -> Hardening:
        """The shop, in which web speaks TLS to the database."""
        return hardened(tmp_path, lambda design: replace(design, mtls=MutualTls((Link("web", "db", (5432,)),))))

    def test_is_named_for_its_own_complaints(self, tmp_path: Path) -> None:
        line = '[emerg] 1#1: cannot load certificate "/run/secrets/mtls_db_cert": fopen:No such file or directory'
        assert first(explained(self.planted(tmp_path), seen(**{"db-mtls": line}))) == "mtls.db-mtls"

    def test_is_named_where_the_two_sides_do_not_agree(self, tmp_path: Path) -> None:
        found = explained(self.planted(tmp_path), seen(web="ssl.SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version number"))
        assert {one.change.id for one in found.suspects} == {"mtls.db-mtls", "mtls.web-to-db-mtls"}

    def test_bears_the_name_of_the_other_side(self, tmp_path: Path) -> None:
        """Web meets its sidecar under the name of the database, so it is no matter that it no longer meets the database itself."""
        hardening = self.planted(tmp_path)
        up = seen(web="Error: connect ECONNREFUSED db:5432")
        waiting = composed("shop", "web-to-db-mtls", state="restarting", condition=Condition(exit_code=1))
        found = explained(hardening, replace(up, containers={**up.containers, "web-to-db-mtls": [waiting]}))
        assert [one.service for one in found.unexplained] == ["web-to-db-mtls"]
        assert not found.suspects
