"""What a service starts, and what a start script can hand over."""

from __future__ import annotations

from pathlib import Path

import pytest

from batten.inference.credentials import find_credentials
from batten.inference.shimming import shim_obstacles
from batten.inference.starting import Start, Unsaid, start_of
from tests.support import project_of


def start(service: str, tmp_path: Path, dockerfile: str = "") -> Start | Unsaid:
    """What the service ``a`` starts."""
    project = project_of(f"name: shop\nservices:\n  a: {service}\n", tmp_path, **({"Dockerfile": dockerfile} if dockerfile else {}))
    return start_of(project, project.services["a"])


def reason(service: str, tmp_path: Path, dockerfile: str = "") -> str:
    """Why that is not known."""
    found = start(service, tmp_path, dockerfile)
    assert isinstance(found, Unsaid), found
    return found.reason


class TestFromTheComposeFile:
    def test_a_shell_that_is_started_is_there(self, tmp_path: Path) -> None:
        assert start("{image: acme/x, entrypoint: [/bin/bash, run.sh], command: [a]}", tmp_path) == Start(("/bin/bash", "run.sh"), ("a",), False)

    def test_another_program_says_nothing_of_a_shell(self, tmp_path: Path) -> None:
        found = start("{image: acme/x, entrypoint: [run]}", tmp_path)
        assert found == Unsaid("whether it has a shell is not known", "docker run --rm --entrypoint /bin/sh acme/x -c true")

    def test_an_entrypoint_of_its_own_loses_the_command_of_the_image(self, tmp_path: Path) -> None:
        assert start("{image: 'postgres:16', entrypoint: [run]}", tmp_path) == Start(("run",), (), False)

    def test_nothing_to_start(self, tmp_path: Path) -> None:
        assert "nothing" in reason("{image: 'postgres:16', entrypoint: []}", tmp_path)


class TestFromTheImage:
    def test_both(self, tmp_path: Path) -> None:
        assert start("{image: 'postgres:16'}", tmp_path) == Start(("docker-entrypoint.sh",), ("postgres",), True)

    def test_with_a_command_of_its_own(self, tmp_path: Path) -> None:
        assert start("{image: 'mariadb:11', command: [--x]}", tmp_path) == Start(("docker-entrypoint.sh",), ("--x",), False)

    def test_a_command_that_differs_between_tags(self, tmp_path: Path) -> None:
        assert reason("{image: 'mariadb:11'}", tmp_path) == "its command is not known"

    @pytest.mark.parametrize("image", ["acme/postgres", "registry.example.org/postgres", "node:8", "acme/x"])
    def test_of_others_nothing_is_known(self, tmp_path: Path, image: str) -> None:
        found = start(f"{{image: '{image}', command: [x]}}", tmp_path)
        assert isinstance(found, Unsaid)
        assert found.command == f"docker image inspect --format '{{{{json .Config.Entrypoint}}}} {{{{json .Config.Cmd}}}}' {image}"

    def test_a_hostile_name_is_quoted(self, tmp_path: Path) -> None:
        found = start("{image: 'x;$(id)'}", tmp_path)
        assert isinstance(found, Unsaid)
        assert found.command.endswith(" 'x;$(id)'")


class TestFromTheDockerfile:
    def test_all_of_it(self, tmp_path: Path) -> None:
        text = 'FROM acme/base\nRUN make\nHEALTHCHECK CMD ./check\nENTRYPOINT ["tini", "--"]\nCMD ["a", "b"]\n'
        assert start("{build: .}", tmp_path, text) == Start(("tini", "--"), ("a", "b"), True, ("CMD", "/bin/sh", "-c", "./check"))

    def test_a_healthcheck_of_the_project_replaces_that_of_the_image(self, tmp_path: Path) -> None:
        text = 'FROM acme/base\nRUN make\nHEALTHCHECK CMD ./check\nENTRYPOINT ["a"]\n'
        assert start("{build: ., healthcheck: {disable: true}}", tmp_path, text) == Start(("a",), (), True)

    def test_the_rest_from_what_is_known_of_its_base(self, tmp_path: Path) -> None:
        assert start("{build: .}", tmp_path, "FROM node:20\nCMD npm start\n") == Start(("docker-entrypoint.sh",), ("/bin/sh", "-c", "npm start"), True)

    def test_without_a_shell(self, tmp_path: Path) -> None:
        text = 'FROM golang AS build\nRUN make\nFROM scratch\nCOPY --from=build /app /app\nCMD ["/app"]\n'
        assert reason("{build: .}", tmp_path, text) == "whether it has a shell is not known"

    def test_of_an_unknown_base(self, tmp_path: Path) -> None:
        found = start("{build: .}", tmp_path, "FROM acme/base\nCMD make\n")
        assert isinstance(found, Unsaid)
        assert found.reason == "what it starts is not known"
        assert found.command.endswith(" shop-a")

    def test_that_is_not_at_hand(self, tmp_path: Path) -> None:
        assert "starts is not known" in reason("{build: ./missing}", tmp_path)


class TestHandingOver:
    def obstacle(self, service: str, tmp_path: Path) -> str:
        project = project_of(f"services:\n  a: {service}\n", tmp_path)
        (found,) = shim_obstacles(project, find_credentials(project)).values()
        return found

    def test_works_with_a_healthcheck_that_reads_it(self, tmp_path: Path) -> None:
        assert (
            self.obstacle("{image: 'rabbitmq:3', environment: {RABBITMQ_DEFAULT_PASS: kelp}, healthcheck: {test: 'echo $$RABBITMQ_DEFAULT_PASS'}}", tmp_path)
            == ""
        )

    @pytest.mark.parametrize("name", ["spring.password", "MY-TOKEN", "BASH_PASSWORD"])
    def test_names_that_a_shell_cannot_set(self, tmp_path: Path, name: str) -> None:
        assert self.obstacle(f"{{image: rabbitmq, environment: {{{name}: kelpie12}}}}", tmp_path) == f"a shell cannot set {name}"

    @pytest.mark.parametrize("name", ["discovery.type", "PWD", "IFS"])
    def test_other_variables_that_a_shell_drops_or_changes(self, tmp_path: Path, name: str) -> None:
        found = self.obstacle(f"{{image: rabbitmq, environment: {{RABBITMQ_DEFAULT_PASS: kelp, {name}: x}}}}", tmp_path)
        assert found == f"the variable {name} would not pass through a shell"

    def test_hooks_run_beside_the_program(self, tmp_path: Path) -> None:
        found = self.obstacle("{image: rabbitmq, environment: {RABBITMQ_DEFAULT_PASS: kelp}, post_start: [{command: x}]}", tmp_path)
        assert found.startswith("its post_start runs beside the program")

    def test_no_value(self, tmp_path: Path) -> None:
        assert self.obstacle("{image: rabbitmq, environment: {RABBITMQ_DEFAULT_PASS: '${PW-}'}}", tmp_path) == "its value is not known here"
