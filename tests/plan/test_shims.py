"""Services that are started by a script which reads their secrets from files."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import assets
from batten.design.proposal import propose
from batten.design.sections.secrets import KEEP, SHIM
from batten.errors import DesignError
from batten.hardening import Hardening, harden
from batten.model import Project, Risk
from batten.plan import plan
from tests.support import project_of

SCRIPT = assets.path("templates/with-secrets.sh")


def hardened(text: str, tmp_path: Path, **files: str) -> Hardening:
    """A project with its proposed design applied; nothing may be refused."""
    project = project_of(text, tmp_path, **files)
    done = harden(project, propose(project))
    assert done.refusals == ()
    return done


def argv(project: Project, service: str) -> tuple[str, ...]:
    """What the container starts."""
    return project.services[service].entrypoint + project.services[service].command


class TestAServiceThatIsStartedByTheScript:
    def test_starts_what_it_started_before(self, tmp_path: Path) -> None:
        text = "services:\n  mq: {image: 'rabbitmq:3', environment: {RABBITMQ_DEFAULT_PASS: kelp-lantern, A: 1}}\n"
        after = hardened(text, tmp_path).after
        pair = "RABBITMQ_DEFAULT_PASS=/run/secrets/rabbitmq_default_pass"
        assert argv(after, "mq") == ("/bin/sh", "/with-secrets.sh", pair, "--", "docker-entrypoint.sh", "rabbitmq-server")
        assert list(after.services["mq"].environment) == ["A"]
        assert [(use.source, use.target) for use in after.services["mq"].configs] == [("with_secrets", "/with-secrets.sh")]
        assert after.configs["with_secrets"].file == str(tmp_path / "shop" / "with-secrets.sh")

    def test_keeps_dollars_of_the_image(self, tmp_path: Path) -> None:
        text = "services:\n  app: {build: ., environment: {TOKEN: kelp-lantern}}\n"
        after = hardened(text, tmp_path, Dockerfile="FROM node:20\nCMD node $FILE ${B}\n").after
        assert argv(after, "app")[-3:] == ("/bin/sh", "-c", "node $FILE ${B}")

    def test_has_a_command_of_its_own_left_alone(self, tmp_path: Path) -> None:
        text = "services:\n  mq:\n    image: 'rabbitmq:3'\n    command: rabbitmq-server --x # it\n    environment: {RABBITMQ_DEFAULT_PASS: kelp-lantern}\n"
        done = hardened(text, tmp_path)
        assert argv(done.after, "mq")[-3:] == ("docker-entrypoint.sh", "rabbitmq-server", "--x")
        assert "    command: rabbitmq-server --x # it\n" in done.rewritten.files[0].text

    def test_has_its_healthcheck_started_by_it_too(self, tmp_path: Path) -> None:
        text = (
            "services:\n  mq:\n    image: 'rabbitmq:3'\n    environment: {RABBITMQ_DEFAULT_PASS: kelp-lantern}\n"
            "    healthcheck: {test: 'check $$RABBITMQ_DEFAULT_PASS', interval: 9s}\n"
        )
        after = hardened(text, tmp_path).after
        assert after.services["mq"].healthcheck[-4:] == ("--", "/bin/sh", "-c", "check $RABBITMQ_DEFAULT_PASS")
        assert after.value(("services", "mq", "healthcheck", "interval")) is not None

    @pytest.mark.parametrize("test", ["curl -f http://localhost || exit 1", "[CMD, wget, -q, localhost]", "[CMD-SHELL, 'nc -z localhost 1 && exit 0']"])
    def test_leaves_a_healthcheck_that_needs_no_environment(self, tmp_path: Path, test: str) -> None:
        text = f"services:\n  mq:\n    image: rabbitmq\n    environment: {{RABBITMQ_DEFAULT_PASS: kelp-lantern}}\n    healthcheck:\n      test: {test}\n"
        done = hardened(text, tmp_path)
        assert done.before.services["mq"].healthcheck == done.after.services["mq"].healthcheck

    def test_is_changed_once(self, tmp_path: Path) -> None:
        text = "services:\n  mq: {image: 'rabbitmq:3', environment: {RABBITMQ_DEFAULT_PASS: kelp-lantern}}\n"
        done = hardened(text, tmp_path)
        assert plan(done.after, done.design) == plan(done.after, propose(done.after)) == ()

    def test_takes_a_further_variable_into_the_same_call(self, tmp_path: Path) -> None:
        text = "services:\n  mq: {image: 'rabbitmq:3', environment: {RABBITMQ_DEFAULT_PASS: kelp-lantern, RABBITMQ_ERLANG_COOKIE: sea-biscuit}}\n"
        project = project_of(text, tmp_path)
        design = propose(project)
        first = replace(design, secrets=tuple(one._replace(how=KEEP) if "COOKIE" in one.variable else one for one in design.secrets))
        after = harden(harden(project, first).after, design).after
        assert argv(after, "mq") == (
            "/bin/sh",
            "/with-secrets.sh",
            "RABBITMQ_DEFAULT_PASS=/run/secrets/rabbitmq_default_pass",
            "RABBITMQ_ERLANG_COOKIE=/run/secrets/rabbitmq_erlang_cookie",
            "--",
            "docker-entrypoint.sh",
            "rabbitmq-server",
        )

    def test_needs_more_than_what_is_safe(self, tmp_path: Path) -> None:
        project = project_of("services:\n  mq: {image: rabbitmq, environment: {RABBITMQ_DEFAULT_PASS: kelp-lantern}}\n", tmp_path)
        done = harden(project, propose(project), accept=Risk.SAFE)
        assert {change.decision for change in done.declined} >= {"secrets.mq.shim"}
        assert "RABBITMQ_DEFAULT_PASS" in done.after.services["mq"].environment

    def test_of_which_nothing_is_known_is_refused_with_the_reason(self, tmp_path: Path) -> None:
        project = project_of("services:\n  a: {image: acme/x, environment: {TOKEN: kelp-lantern}}\n", tmp_path)
        design = propose(project)
        with pytest.raises(DesignError, match="what it starts is not known"):
            plan(project, replace(design, secrets=tuple(one._replace(how=SHIM) for one in design.secrets)))

    def test_that_another_one_extends_is_left_or_both_are_right(self, tmp_path: Path) -> None:
        text = (
            "services:\n  a: {image: 'rabbitmq:3', environment: {RABBITMQ_DEFAULT_PASS: kelp-lantern}}\n"
            "  b: {extends: {service: a}, environment: {RABBITMQ_DEFAULT_PASS: other-lantern}}\n"
        )
        project = project_of(text, tmp_path)
        done = harden(project, propose(project))
        for name, service in done.after.services.items():
            assert ("RABBITMQ_DEFAULT_PASS" in service.environment) != bool(service.entrypoint), name


class TestTheScript:
    def run(self, folder: Path, content: bytes, *arguments: str, shell: str = "sh", name: str = "TOKEN") -> subprocess.CompletedProcess[bytes]:
        (folder / "file").write_bytes(content)
        call = (*shell.split(), str(SCRIPT), f"{name}=file", "--", *arguments)
        return subprocess.run(call, cwd=folder, capture_output=True, check=False, env={"PATH": os.environ["PATH"], "KEPT": "1"})

    @pytest.mark.parametrize("shell", ["sh", "dash", "bash", "busybox sh"])
    @pytest.mark.parametrize(
        "value", [b"a", b"a\n", b"\n\n", b" a ", b"$(id)`id`'\"\\", bytes(range(1, 256)), "é\u2028".encode(), b"-n", b"x" * 100_000], ids=range(9)
    )
    def test_hands_over_every_byte(self, tmp_path: Path, value: bytes, shell: str) -> None:
        if shutil.which(shell.split()[0]) is None:
            pytest.skip(f"{shell} is not installed")
        done = self.run(tmp_path, value, "env", "-0", shell=shell)
        assert done.returncode == 0, done.stderr
        assert dict(line.split(b"=", 1) for line in done.stdout.split(b"\0") if b"=" in line)[b"TOKEN"] == value

    @settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(value=st.binary(max_size=300).map(lambda text: text.replace(b"\0", b"")))
    def test_whatever_it_is(self, tmp_path: Path, value: bytes) -> None:
        done = self.run(tmp_path, value, "env", "-0")
        assert dict(line.split(b"=", 1) for line in done.stdout.split(b"\0") if b"=" in line)[b"TOKEN"] == value

    def test_becomes_the_program(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"x")
        with subprocess.Popen(
            ("sh", str(SCRIPT), "TOKEN=file", "--", "sh", "-c", 'echo $$; echo "$@"', "me", "a  b", "--", "$c"), cwd=tmp_path, stdout=subprocess.PIPE
        ) as process:
            out = process.communicate()[0]
        assert out == f"{process.pid}\na  b -- $c\n".encode()

    @pytest.mark.skipif(shutil.which("dash") is None, reason="dash is not installed")
    def test_adds_nothing_to_the_environment(self, tmp_path: Path) -> None:
        done = self.run(tmp_path, b"x", "env", shell="dash")
        assert sorted(line.split(b"=")[0] for line in done.stdout.splitlines()) == [b"KEPT", b"PATH", b"PWD", b"TOKEN"]

    def test_says_which_file_is_missing_and_never_what_is_in_one(self, tmp_path: Path) -> None:
        done = subprocess.run(("sh", str(SCRIPT), "TOKEN=missing", "--", "true"), cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 1
        assert done.stderr.startswith(b"with-secrets.sh: TOKEN: missing is missing, or user ")

    def test_pleases_shellcheck(self) -> None:
        from tests.generators.host.helping import lint

        assert lint([SCRIPT]) == ""
