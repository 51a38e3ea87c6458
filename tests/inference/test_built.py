"""Evidence in the Dockerfile and the configuration files of a build context."""

from __future__ import annotations

from pathlib import Path

import pytest

from batten.compose import load_project
from batten.design.proposal import propose
from batten.inference import contexts
from batten.inference.evidence import needed_connections
from batten.model import Evidence, EvidenceKind, Project, Span, Zone
from batten.review.runner import review
from tests.support import project_of

TEXT = "services:\n  api: {build: ./api}\n  web: {build: ./web, depends_on: [api]}\n  db: {image: postgres}\n  cache: {image: redis}\n"
COPY_ALL = "FROM scratch\nCOPY . /app\n"


def configured(project: Project) -> dict[tuple[str, str], list[str]]:
    """What speaks for each pair in files, with contexts read."""
    pairs = {(one.source, one.target): one.evidence for one in needed_connections(project, contexts=True) if one.target != Zone.INTERNET}
    return {pair: found for pair, evidence in pairs.items() if (found := [one.text for one in evidence if one.kind is EvidenceKind.CONFIGURED])}


class TestDockerfile:
    def test_its_environment_is_the_services(self, tmp_path: Path) -> None:
        project = project_of(TEXT, tmp_path, api__Dockerfile="FROM scratch\nENV DB_HOST=db CACHE_URL=redis://cache:6379\n")
        assert configured(project) == {("api", "db"): ["DB_HOST in the Dockerfile"], ("api", "cache"): ["CACHE_URL in the Dockerfile"]}

    def test_what_the_service_sets_itself_replaces_it(self, tmp_path: Path) -> None:
        text = TEXT.replace("{build: ./api}", "{build: ./api, environment: {DB_HOST: elsewhere.example.org}}")
        assert configured(project_of(text, tmp_path, api__Dockerfile="FROM scratch\nENV DB_HOST=db\n")) == {}

    def test_its_commands_count_unless_the_service_has_its_own(self, tmp_path: Path) -> None:
        lines = 'FROM scratch\nENTRYPOINT ["wait-for", "db:5432"]\nCMD ["serve", "--cache-host", "cache"]\n'
        assert set(configured(project_of(TEXT, tmp_path, api__Dockerfile=lines))) == {("api", "db"), ("api", "cache")}
        other = TEXT.replace("{build: ./api}", "{build: ./api, command: serve}")
        assert set(configured(project_of(other, tmp_path, api__Dockerfile=lines))) == {("api", "db")}

    def test_has_its_place(self, tmp_path: Path) -> None:
        project = project_of(TEXT, tmp_path, api__Dockerfile="FROM scratch\nRUN true\nENV DB_HOST=db\n")
        (found,) = (one.evidence[0] for one in needed_connections(project, contexts=True) if (one.source, one.target) == ("api", "db"))
        assert isinstance(found.where, Span)
        assert (Path(found.where.file).name, found.where.line) == ("Dockerfile", 3)


class TestFilesOfTheImage:
    def test_configuration_names_hosts(self, tmp_path: Path) -> None:
        project = project_of(TEXT, tmp_path, api__Dockerfile=COPY_ALL, api__config__settings_dot_yaml="database:\n  url: postgres://u@db/x\n")
        assert configured(project) == {("api", "db"): ["api/config/settings.yaml"]}

    def test_a_mere_word_is_no_host(self, tmp_path: Path) -> None:
        project = project_of(TEXT, tmp_path, api__Dockerfile=COPY_ALL, api__settings_dot_yaml="db: true\ncache: 5\ntitle: the db and its cache\n")
        assert configured(project) == {}

    def test_without_a_dockerfile_the_context_is_read(self, tmp_path: Path) -> None:
        assert configured(project_of(TEXT, tmp_path, api__app_dot_conf="host=db\n")) == {("api", "db"): ["api/app.conf"]}

    def test_only_what_the_dockerfile_copies(self, tmp_path: Path) -> None:
        lines = "FROM scratch AS build\nCOPY src/*.yaml /src/\nFROM scratch AS unused\nCOPY other /x\nFROM scratch\nCOPY --from=build /src /app\n"
        files = {"api__src__a_dot_yaml": "host: db\n", "api__other__b_dot_yaml": "host: cache\n"}
        assert configured(project_of(TEXT, tmp_path, api__Dockerfile=lines, **files)) == {("api", "db"): ["api/src/a.yaml"]}

    @pytest.mark.parametrize(
        "name",
        ["node_modules__x__a_dot_yaml", "_dot_git__config", "tests__a_dot_yaml", "docs__a_dot_yaml", "package-lock_dot_json", "compose_dot_dev_dot_yaml"],
    )
    def test_dependencies_tests_and_documents_say_nothing(self, tmp_path: Path, name: str) -> None:
        assert configured(project_of(TEXT, tmp_path, api__Dockerfile=COPY_ALL, **{f"api__{name}": "host: db\n"})) == {}

    def test_the_context_of_another_service_inside_this_one_is_left_out(self, tmp_path: Path) -> None:
        text = TEXT.replace("./web", ".")
        assert set(configured(project_of(text, tmp_path, Dockerfile=COPY_ALL, api__app_dot_conf="host=db\n"))) == {("api", "db")}

    def test_links_out_of_the_context_are_not_followed(self, tmp_path: Path) -> None:
        (tmp_path / "outside").mkdir()
        (tmp_path / "outside" / "app.conf").write_text("host=db\n", encoding="utf-8")
        project_of(TEXT, tmp_path, api__Dockerfile=COPY_ALL)
        (tmp_path / "shop" / "api" / "app.conf").symlink_to(tmp_path / "outside" / "app.conf")
        (tmp_path / "shop" / "api" / "etc").symlink_to(tmp_path / "outside")
        (tmp_path / "shop" / "api" / "loop").symlink_to(tmp_path / "shop" / "api")
        assert configured(project_of(TEXT, tmp_path)) == {}
        assert configured(project_of(TEXT, tmp_path, api__Dockerfile="FROM scratch\nCOPY ../../outside /x\nCOPY etc etc/*.conf e?c/app.conf /y\n")) == {}

    def test_binary_and_large_files_are_left_alone(self, tmp_path: Path) -> None:
        project = project_of(TEXT, tmp_path, api__a_dot_conf="host=db\n\0", api__b_dot_conf="host=db\n" + " " * 70_000)
        assert configured(project) == {}

    def test_a_context_outside_is_not_read_where_the_project_is_confined(self, tmp_path: Path) -> None:
        (tmp_path / "other").mkdir()
        (tmp_path / "other" / "app.conf").write_text("host=db\n", encoding="utf-8")
        project = project_of(TEXT.replace("./api", "../other"), tmp_path)
        assert set(configured(project)) == {("api", "db")}
        assert configured(load_project([tmp_path / "shop" / "compose.yaml"], environ={}, confine=True)) == {}


class TestBounds:
    def test_files_are_counted(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(contexts, "_FILES_OF_A_SERVICE", 1)
        files = {"api__a_dot_conf": "host=db\n", "api__b_dot_conf": "host=cache\n"}
        assert set(configured(project_of(TEXT, tmp_path, **files))) == {("api", "db")}

    def test_time_is_up_some_time(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(contexts, "_SECONDS", -1.0)
        assert configured(project_of(TEXT, tmp_path, api__a_dot_conf="host=db\n")) == {}


class TestWhoReadsIt:
    def test_a_design_does_and_a_review_does_not(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        project = project_of(TEXT, tmp_path, api__a_dot_conf="host=db\n")
        evidence: Evidence = next(one.evidence[0] for one in propose(project).connections if (one.source, one.target) == ("api", "db"))
        assert evidence.kind is EvidenceKind.CONFIGURED
        monkeypatch.setattr(contexts, "text_of", lambda path: pytest.fail(f"opened {path}"))
        again = project_of(TEXT, tmp_path)
        review(again)
        assert all(one.evidence[0].kind is not EvidenceKind.CONFIGURED for one in needed_connections(again))
