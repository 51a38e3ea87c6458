"""What a Dockerfile says about the image that comes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batten.compose.dockerfile import Dockerfile, Stage, read_dockerfile
from batten.compose.dockerlines import instructions
from batten.compose.dockerwords import Unknown, expand, split
from tests.support import project_of

BUILD = "services: {app: {build: .}}"


def read(text: str, tmp_path: Path, compose: str = BUILD) -> Dockerfile | None:
    """The Dockerfile of the service ``app``."""
    project = project_of(compose, tmp_path, Dockerfile=text)
    return read_dockerfile(project, project.services["app"])


def final(text: str, tmp_path: Path, compose: str = BUILD) -> Stage:
    """The stage that is built."""
    found = read(text, tmp_path, compose)
    assert found is not None
    return found.final


class TestCommands:
    def test_an_exec_form_is_taken_as_it_stands(self, tmp_path: Path) -> None:
        stage = final('FROM node:20\nENTRYPOINT ["/usr/bin/tini", "--"]\nCMD ["node", "a b.js"]\n', tmp_path)
        assert stage.base == "node:20"
        assert stage.entrypoint is not None and stage.command is not None
        assert (stage.entrypoint.words, stage.entrypoint.shell) == (("/usr/bin/tini", "--"), False)
        assert (stage.command.words, stage.command.origin.line) == (("node", "a b.js"), 3)

    def test_a_shell_form_is_given_to_the_shell_with_its_variables(self, tmp_path: Path) -> None:
        stage = final("FROM node\nCMD node $FILE --name='a b'\n", tmp_path)
        assert stage.command is not None
        assert stage.command.words == ("/bin/sh", "-c", "node $FILE --name='a b'")
        assert stage.command.shell

    def test_another_shell_runs_them(self, tmp_path: Path) -> None:
        stage = final('FROM node\nSHELL ["/bin/bash", "-o", "pipefail", "-c"]\nENTRYPOINT run me\n', tmp_path)
        assert stage.entrypoint is not None
        assert stage.entrypoint.words == ("/bin/bash", "-o", "pipefail", "-c", "run me")

    def test_what_is_no_json_is_a_shell_form(self, tmp_path: Path) -> None:
        stage = final("FROM node\nCMD ['node', 'app.js']\n", tmp_path)
        assert stage.command is not None
        assert stage.command.words == ("/bin/sh", "-c", "['node', 'app.js']")

    def test_what_is_not_said_is_inherited(self, tmp_path: Path) -> None:
        stage = final("FROM node\nRUN true\n", tmp_path)
        assert (stage.entrypoint, stage.command, stage.healthcheck, stage.user) == (None, None, None, None)

    def test_an_entrypoint_takes_the_command_of_its_base_away(self, tmp_path: Path) -> None:
        stage = final('FROM node\nENTRYPOINT ["a"]\n', tmp_path)
        assert stage.command is not None
        assert stage.command.words == ()

    def test_it_takes_that_of_an_earlier_stage_away_and_not_its_own(self, tmp_path: Path) -> None:
        other = final('FROM node AS one\nCMD ["old"]\nFROM one\nENTRYPOINT ["a"]\n', tmp_path)
        own = final('FROM node\nCMD ["mine"]\nENTRYPOINT ["a"]\n', tmp_path)
        assert other.command is not None and own.command is not None
        assert (other.command.words, own.command.words) == ((), ("mine",))

    def test_the_last_one_counts(self, tmp_path: Path) -> None:
        stage = final('FROM node\nCMD ["one"]\nCMD ["two"]\n', tmp_path)
        assert stage.command is not None
        assert stage.command.words == ("two",)

    def test_a_healthcheck_has_options_in_front(self, tmp_path: Path) -> None:
        stage = final("FROM node\nHEALTHCHECK --interval=5s --timeout=3s CMD curl -u $USER:$PASS http://localhost\n", tmp_path)
        assert stage.healthcheck is not None
        assert stage.healthcheck.words == ("/bin/sh", "-c", "curl -u $USER:$PASS http://localhost")

    def test_none_takes_it_away(self, tmp_path: Path) -> None:
        stage = final("FROM node\nHEALTHCHECK NONE\n", tmp_path)
        assert stage.healthcheck is not None
        assert stage.healthcheck.words == ()


class TestStages:
    TEXT = """
FROM golang:1.22 AS build
ENV FROM_BUILD=1
RUN go build
FROM debian:12 AS Base
USER app
EXPOSE 80
FROM base AS test
CMD ["test"]
FROM base
COPY --from=build /out/app /app
ENTRYPOINT ["/app"]
"""

    def test_the_last_one_is_built_on_top_of_those_below(self, tmp_path: Path) -> None:
        stage = final(self.TEXT, tmp_path)
        assert stage.base == "debian:12"
        assert stage.user is not None and stage.user.text == "app"
        assert "FROM_BUILD" not in stage.environment
        assert [(copy.sources, copy.target, copy.stage) for copy in stage.copies] == [(("/out/app",), "/app", "build")]

    @pytest.mark.parametrize("target", ["test", "TEST", "2"])
    def test_a_target_is_a_name_or_a_number(self, tmp_path: Path, target: str) -> None:
        stage = final(self.TEXT, tmp_path, f'services: {{app: {{build: {{context: ., target: "{target}"}}}}}}')
        assert stage.command is not None
        assert stage.command.words == ("test",)

    def test_a_target_that_is_not_there_is_nothing(self, tmp_path: Path) -> None:
        assert read(self.TEXT, tmp_path, "services: {app: {build: {context: ., target: none}}}") is None

    def test_a_name_of_another_context_is_not_known(self, tmp_path: Path) -> None:
        assert final("FROM base\n", tmp_path, "services: {app: {build: {context: ., additional_contexts: {base: ./other}}}}").base == ""


class TestVariables:
    def test_arguments_before_the_first_stage_count_in_from(self, tmp_path: Path) -> None:
        assert final("ARG V=20\nARG KIND=-slim\nFROM --platform=$BUILDPLATFORM node:${V}${KIND}\n", tmp_path).base == "node:20-slim"

    def test_compose_says_them_otherwise(self, tmp_path: Path) -> None:
        compose = "services: {app: {build: {context: ., args: {V: 22}}}}"
        assert final("ARG V=20\nFROM node:$V\n", tmp_path, compose).base == "node:22"

    def test_a_stage_takes_them_over_by_name_only(self, tmp_path: Path) -> None:
        text = "ARG PORT=80\nFROM scratch\nEXPOSE $PORT 81\nARG PORT\nEXPOSE $PORT\n"
        assert [said.text for said in final(text, tmp_path).exposed] == ["81/tcp", "80/tcp"]

    def test_env_goes_before_arg(self, tmp_path: Path) -> None:
        text = "FROM node\nARG PORT=80\nENV PORT=90\nEXPOSE ${PORT}/udp 100-102\n"
        assert [said.text for said in final(text, tmp_path).exposed] == ["90/udp", "100/tcp", "101/tcp", "102/tcp"]

    def test_env_has_two_forms(self, tmp_path: Path) -> None:
        stage = final('FROM node\nENV A=1 B="two words" C=a\\ b\nENV OLD one "two"\n', tmp_path)
        values = {name: one.value.reveal() for name, one in stage.environment.items() if one.value}
        assert values == {"A": "1", "B": "two words", "C": "a b", "OLD": "one two"}
        assert stage.environment["OLD"].origin.primary.line == 3

    def test_what_the_base_image_may_set_is_not_known(self, tmp_path: Path) -> None:
        stage = final("FROM node\nENV PATH=/app:$PATH\nENV B=$PATH\n", tmp_path)
        assert (stage.environment["PATH"].value, stage.environment["B"].value) == (None, None)

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("${A:-x}", "1"),
            ("${E:-x}", "x"),
            ("${E-x}", ""),
            ("${N-x}", "x"),
            ("${A:+y$A}", "y1"),
            ("${N:+y}", ""),
            ("'$A'", "$A"),
            ('"$A b"', "1 b"),
            ("\\$A", "$A"),
            ("a$", "a$"),
            ("${N:-${A}}", "1"),
        ],
    )
    def test_forms(self, text: str, value: str) -> None:
        assert expand(text, {"A": "1", "E": ""}.get) == value

    @pytest.mark.parametrize("text", ["${A", "${A#x}", "${N:?no}", "'a", '"a', "${}"])
    def test_what_is_not_understood_is_said(self, text: str) -> None:
        with pytest.raises(Unknown):
            expand(text, {"A": "1"}.get)

    def test_growth_ends(self, tmp_path: Path) -> None:
        text = "FROM scratch\nENV A=" + "x" * 60 + "\n" + "ENV A=$A$A$A$A\n" * 400
        assert final(text, tmp_path).environment["A"].value is None


class TestLines:
    def test_a_line_goes_on_past_comments_and_empty_lines(self, tmp_path: Path) -> None:
        stage = final('FROM node\nENTRYPOINT [ \\\n  # why\n\n  "a", \\\n  "b"]\nUSER me\n', tmp_path)
        assert stage.entrypoint is not None and stage.user is not None
        assert (stage.entrypoint.words, stage.entrypoint.origin.line, stage.user.origin.line) == (("a", "b"), 2, 7)

    def test_the_escape_can_be_another(self, tmp_path: Path) -> None:
        stage = final("# escape=`\nFROM node\nENV A=c:\\ `\n  B=2\n", tmp_path)
        assert {name: one.value.reveal() for name, one in stage.environment.items() if one.value} == {"A": "c:\\", "B": "2"}

    @pytest.mark.parametrize("mark", ["<<EOF", "<<-EOF", "<<'EOF'", '<<"EOF"'])
    def test_a_here_document_is_no_instruction(self, tmp_path: Path, mark: str) -> None:
        end = "\tEOF" if "-" in mark else "EOF"
        stage = final(f"FROM node\nCOPY {mark} /etc/app.conf\nUSER wrong\n{end}\nUSER right\n", tmp_path)
        assert stage.user is not None
        assert stage.user.text == "right"
        assert stage.copies[0].sources == ()

    def test_names_are_in_any_case_and_crlf_is_fine(self, tmp_path: Path) -> None:
        stage = final('from node\r\nUser app\r\ncmd ["a"]\r\n', tmp_path)
        assert stage.command is not None and stage.user is not None
        assert (stage.base, stage.user.text, stage.command.words) == ("node", "app", ("a",))

    def test_places_are_those_of_the_text(self) -> None:
        text = "FROM a\n\n# c\nRUN b \\\n c\nCMD d"
        assert [text[one.start : one.end] for one in instructions(text)[0]] == ["FROM a\n", "RUN b \\\n c\n", "CMD d"]

    @given(st.text(alphabet="FROMENV \\\n\"'$={}[]<-#`ab:1", max_size=200))
    def test_anything_is_read_or_left(self, text: str) -> None:
        for one in instructions(text)[0]:
            split(one.rest)
            try:
                expand(one.rest, lambda name: "v")
            except Unknown:
                continue


class TestWhereItIsLookedFor:
    def test_a_text_inside_the_compose_file(self, tmp_path: Path) -> None:
        found = read("FROM other\n", tmp_path, 'services: {app: {build: {context: ., dockerfile_inline: "FROM node\\nUSER app\\n"}}}')
        assert found is not None and found.final.user is not None
        assert (found.final.base, found.final.user.origin.line) == ("node", 1)
        assert found.file.endswith("compose.yaml")

    def test_another_name(self, tmp_path: Path) -> None:
        project = project_of("services: {app: {build: {context: ., dockerfile: docker/app}}}", tmp_path, docker__app="FROM node\n")
        found = read_dockerfile(project, project.services["app"])
        assert found is not None
        assert found.final.base == "node"

    def test_no_build_no_file_no_text(self, tmp_path: Path) -> None:
        assert read("FROM a\n", tmp_path, "services: {app: {image: a}}") is None
        assert read("FROM a\n", tmp_path, "services: {app: {build: 'https://example.org/a.git'}}") is None
        assert read("FROM a\n", tmp_path, "services: {app: {build: ./missing}}") is None
        assert read("not a Dockerfile\n", tmp_path) is None
        assert read("FROM a\n\0", tmp_path) is None
        assert read("FROM a\n" + "#" * 300_000, tmp_path) is None

    def test_never_out_of_the_context(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("FROM node\n")
        project = project_of("services: {app: {build: {context: ./app, dockerfile: ../../secret}}}", tmp_path, app__x="")
        assert read_dockerfile(project, project.services["app"]) is None
        (tmp_path / "shop" / "app" / "Dockerfile").symlink_to(tmp_path / "secret")
        project = project_of("services: {app: {build: ./app}}", tmp_path)
        assert read_dockerfile(project, project.services["app"]) is None

    def test_a_source_is_found_in_the_context_only(self, tmp_path: Path) -> None:
        found = read("FROM node\nCOPY app.conf link /etc/\n", tmp_path)
        assert found is not None
        (tmp_path / "shop" / "link").symlink_to("/etc/passwd")
        assert found.inside("app.conf") == str(tmp_path / "shop" / "app.conf")
        assert found.inside("/app.conf") == str(tmp_path / "shop" / "app.conf")
        assert (found.inside("link"), found.inside("../x")) == (None, None)

    def test_values_do_not_show(self, tmp_path: Path) -> None:
        found = read("FROM node\nENV PASSWORD=hunter22hunter\n", tmp_path)
        assert "hunter22hunter" not in repr(found) + repr(found and found.final) + repr(found and found.final.environment)
