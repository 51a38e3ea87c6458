"""Several files, extends, include, anchors: what becomes of a value, and that it still knows where it came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compose.reading import load, places, read, refused


class TestOverrideFiles:
    FIRST = "services:\n  web:\n    image: one\n    environment: {A: '1'}\n    ports: ['80:80']\n"

    def test_later_scalars_win_and_remember_what_they_replaced(self, tmp_path: Path) -> None:
        project = load(tmp_path, {"a.yaml": self.FIRST, "b.yaml": "services:\n  web:\n    image: two\n"}, "a.yaml", "b.yaml")
        origin = project.origin(("services", "web", "image"))
        assert project.services["web"].image == "two"
        assert places(origin) == [("b.yaml", 3), ("a.yaml", 3)]
        assert origin.via == ("override",)

    def test_lists_add_up_and_mappings_merge(self, tmp_path: Path) -> None:
        more = "services: {web: {ports: ['81:80'], environment: [B=2]}}"
        web = load(tmp_path, {"a.yaml": self.FIRST, "b.yaml": more}, "a.yaml", "b.yaml").services["web"]
        assert [port.published for port in web.ports] == ["80", "81"]
        assert {name: variable.value.reveal() for name, variable in web.environment.items() if variable.value} == {"A": "1", "B": "2"}

    def test_an_item_knows_its_own_file(self, tmp_path: Path) -> None:
        more = "services:\n  web:\n    ports:\n      - '81:80'\n"
        project = load(tmp_path, {"a.yaml": self.FIRST, "b.yaml": more}, "a.yaml", "b.yaml")
        assert places(project.origin(("services", "web", "ports", 0, "published"))) == [("a.yaml", 5)]
        assert places(project.origin(("services", "web", "ports", 1))) == [("b.yaml", 4)]

    def test_a_mapping_cannot_replace_a_list(self, tmp_path: Path) -> None:
        error = refused(tmp_path, {"a.yaml": self.FIRST, "b.yaml": "services: {web: {cap_add: {a: b}}}"}, "a.yaml", "b.yaml")
        assert error.file.endswith("b.yaml")

    def test_reset_takes_away_and_override_replaces(self, tmp_path: Path) -> None:
        more = "services: {web: {environment: {A: !reset null}, ports: !override ['9:9'], image: two}}"
        web = read(tmp_path, {"a.yaml": self.FIRST, "b.yaml": more}, "a.yaml", "b.yaml")["services"]["web"]
        assert "environment" not in web
        assert [port["published"] for port in web["ports"]] == ["9"]

    def test_a_reset_item_is_no_item(self, tmp_path: Path) -> None:
        web = read(tmp_path, {"compose.yaml": "services: {web: {image: x, expose: [!reset '80', '81'], extra_hosts: {a: !reset null, b: 1.2.3.4}}}"})[
            "services"
        ]["web"]
        assert web["expose"] == ["81"]
        assert web["extra_hosts"] == ["b=1.2.3.4"]

    def test_several_documents_override_each_other(self, tmp_path: Path) -> None:
        project = load(tmp_path, {"compose.yaml": self.FIRST + "---\nservices: {web: {image: two}}\n"})
        assert project.services["web"].image == "two"

    @pytest.mark.parametrize("text", ["---\n---\n" + FIRST, FIRST + "---\n", FIRST + "---\nnull\n"])
    def test_an_empty_document_is_refused(self, text: str, tmp_path: Path) -> None:
        assert "empty" in refused(tmp_path, {"compose.yaml": text}).message

    def test_an_empty_key_may_be_filled_by_what_it_extends_but_not_by_nothing(self, tmp_path: Path) -> None:
        text = "services:\n  base: {image: one}\n  web:\n    extends: base\n    image:\n"
        assert load(tmp_path, {"compose.yaml": text}).services["web"].image == "one"
        error = refused(tmp_path, {"compose.yaml": "services:\n  web:\n    image:\n"})
        assert "'image' is empty" in error.message

    def test_relative_paths_belong_to_the_first_file(self, tmp_path: Path) -> None:
        files = {"one/a.yaml": "services: {web: {image: x, volumes: ['./a:/a']}}", "two/b.yaml": "services: {web: {volumes: ['./b:/b']}}"}
        mounts = load(tmp_path, files, "one/a.yaml", "two/b.yaml").services["web"].mounts
        assert [mount.source for mount in mounts] == [str(tmp_path / "one" / "a"), str(tmp_path / "one" / "b")]


class TestExtends:
    def test_a_value_knows_the_service_it_came_from(self, tmp_path: Path) -> None:
        files = {
            "compose.yaml": "services:\n  web:\n    extends:\n      file: sub/base.yaml\n      service: base\n    user: me\n",
            "sub/base.yaml": "services:\n  base:\n    image: one\n    user: root\n    volumes: ['./data:/data']\n",
        }
        project = load(tmp_path, files)
        assert places(project.origin(("services", "web", "image"))) == [("base.yaml", 3)]
        assert places(project.origin(("services", "web", "user"))) == [("compose.yaml", 6), ("base.yaml", 4)]
        assert project.origin(("services", "web", "user")).via == ("extends",)
        assert project.services["web"].mounts[0].source == str(tmp_path / "sub" / "data")

    def test_a_chain_over_two_files(self, tmp_path: Path) -> None:
        files = {
            "compose.yaml": "services: {web: {extends: {file: b.yaml, service: b}, environment: {W: '1'}}}",
            "b.yaml": "services: {b: {extends: {file: c.yaml, service: c}, environment: {B: '1'}}}",
            "c.yaml": "services: {c: {image: deep, environment: {C: '1', B: '0'}}}",
        }
        web = load(tmp_path, files).services["web"]
        assert web.image == "deep"
        assert sorted(web.environment) == ["B", "C", "W"]

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("services: {a: {image: x, extends: a}}", "extends itself"),
            ("services: {a: {image: x, extends: b}, b: {image: x, extends: a}}", "extends itself"),
            ("services: {a: {image: x, extends: nobody}}", "'nobody'"),
            ("services: {a: {image: x, extends: {file: nowhere.yaml, service: b}}}", "No such file"),
            ("services: {a: {image: x, extends: {file: b.yaml}}}", "'service' is missing"),
            ("services: {a: {image: x, extends: {service: 5}}}", "must be a text"),
        ],
    )
    def test_that_leads_nowhere(self, text: str, message: str, tmp_path: Path) -> None:
        error = refused(tmp_path, {"compose.yaml": text})
        assert message in error.message
        assert error.span is not None


class TestInclude:
    def test_paths_and_variables_belong_to_the_included_project(self, tmp_path: Path) -> None:
        files = {
            "compose.yaml": "include: [{path: sub/part.yaml, env_file: sub/part.env}]\nservices: {web: {image: 'x:${TAG:-outer}'}}",
            "sub/part.yaml": "services: {part: {image: 'p:$TAG', volumes: ['./d:/d'], env_file: [own.env]}}",
            "sub/part.env": "TAG=inner",
            "sub/own.env": "A=1",
        }
        project = load(tmp_path, files)
        assert project.services["web"].image == "x:outer"
        part = project.services["part"]
        assert (part.image, part.mounts[0].source) == ("p:inner", str(tmp_path / "sub" / "d"))
        assert places(project.origin(("services", "part", "environment", "A")))[0] == ("own.env", 1)

    def test_the_same_file_with_other_variables_is_read_anew(self, tmp_path: Path) -> None:
        files = {
            "compose.yaml": "include: [{path: part.yaml, env_file: one.env}, {path: part.yaml, env_file: two.env}]",
            "part.yaml": "services: {part: {image: 'x:$NAME', labels: ['is.$NAME']}}",
            "one.env": "NAME=one",
            "two.env": "NAME=two",
        }
        part = load(tmp_path, files).services["part"]
        assert (part.image, sorted(part.labels)) == ("x:one", ["is.one", "is.two"])

    def test_the_including_file_wins(self, tmp_path: Path) -> None:
        files = {"compose.yaml": "include: [part.yaml]\nservices: {a: {image: own}}", "part.yaml": "services: {a: {image: theirs, user: me}}"}
        project = load(tmp_path, files)
        assert (project.services["a"].image, project.services["a"].user) == ("own", "me")
        assert project.origin(("services", "a", "image")).via == ("include",)

    @pytest.mark.parametrize(("include", "message"), [("nowhere.yaml", "No such file"), ("{env_file: x}", "needs a path"), ("{path: a, zzz: b}", "'zzz'")])
    def test_that_leads_nowhere(self, include: str, message: str, tmp_path: Path) -> None:
        error = refused(tmp_path, {"compose.yaml": f"include: [{include}]\nservices: {{a: {{image: x}}}}"})
        assert message in error.message
        assert error.span is not None


class TestAnchors:
    def test_a_merged_value_stands_at_the_anchor(self, tmp_path: Path) -> None:
        text = "x-common: &common\n  user: me\n  labels: &labels {a: b}\n"
        text += "services:\n  web:\n    <<: *common\n    image: x\n  app:\n    image: x\n    labels: *labels\n"
        project = load(tmp_path, {"compose.yaml": text})
        user = project.origin(("services", "web", "user"))
        assert (places(user), user.via) == ([("compose.yaml", 2)], ("merge",))
        label = project.origin(("services", "app", "labels", "a"))
        assert (places(label), label.via) == ([("compose.yaml", 3)], ("alias",))

    def test_of_several_merged_mappings_the_first_wins_and_the_own_key_before_all(self, tmp_path: Path) -> None:
        text = "x-a: &a {user: a, hostname: a}\nx-b: &b {user: b, domainname: b, image: b}\nservices: {web: {<<: [*a, *b], image: own}}\n"
        web = load(tmp_path, {"compose.yaml": text}).services["web"]
        assert (web.user, web.hostname, web.image) == ("a", "a", "own")

    def test_a_later_anchor_of_the_same_name_takes_over(self, tmp_path: Path) -> None:
        text = "x-a: &a one\nservices: {first: {image: *a}, second: {image: x}}\nx-b: &a two\nx-c: *a\n"
        tree = read(tmp_path, {"compose.yaml": text})
        assert (tree["services"]["first"]["image"], tree["x-c"]) == ("one", "two")

    def test_a_merge_key_takes_only_mappings(self, tmp_path: Path) -> None:
        assert "merge key" in refused(tmp_path, {"compose.yaml": "x-a: &a text\nservices: {web: {<<: *a, image: x}}\n"}).message

    def test_a_quoted_merge_key_is_an_unknown_key(self, tmp_path: Path) -> None:
        assert "'<<'" in refused(tmp_path, {"compose.yaml": "x-a: &a {user: me}\nservices: {web: {'<<': *a, image: x}}\n"}).message


class TestWhatComposeAdds:
    def test_a_default_network_has_no_place_of_its_own_but_one_around_it(self, tmp_path: Path) -> None:
        project = load(tmp_path, {"compose.yaml": "services:\n  web:\n    image: x\n"})
        value = project.value(("services", "web", "networks", "default"))
        assert value is not None
        assert value.origin is None
        assert places(project.origin(("services", "web", "networks", "default"))) == [("compose.yaml", 3)]

    def test_namespaces_and_links_are_dependencies(self, tmp_path: Path) -> None:
        text = "services: {a: {image: x, network_mode: 'service:b', links: ['c:alias']}, b: {image: x}, c: {image: x}}"
        assert load(tmp_path, {"compose.yaml": text}).services["a"].depends_on == ("c", "b")

    def test_the_name_comes_from_the_option_the_variable_the_file_or_the_folder(self, tmp_path: Path) -> None:
        text = {"My Shop!/compose.yaml": "services: {a: {image: x}}", "named.yaml": "name: '${N:-written}'\nservices: {a: {image: x}}"}
        assert load(tmp_path, text, "My Shop!/compose.yaml").name == "myshop"
        assert load(tmp_path, text, "named.yaml").name == "written"
        assert load(tmp_path, text, "named.yaml", environ={"COMPOSE_PROJECT_NAME": "caller"}).name == "caller"
        assert load(tmp_path, text, "named.yaml", environ={"COMPOSE_PROJECT_NAME": "caller"}, project_name="option").name == "option"


class TestProfiles:
    TEXT = "services:\n  web: {image: x}\n  debug: {image: x, profiles: [debug]}\n  broken: {profiles: [never]}\n"

    def test_all_are_read_unless_some_are_chosen(self, tmp_path: Path) -> None:
        assert list(load(tmp_path, {"compose.yaml": self.TEXT}).services) == ["web", "debug"]
        assert list(load(tmp_path, {"compose.yaml": self.TEXT}, profiles=()).services) == ["web"]
        assert list(load(tmp_path, {"compose.yaml": self.TEXT}, profiles=["debug"]).services) == ["web", "debug"]

    def test_a_resting_service_that_could_not_run_is_left_out_and_said(self, tmp_path: Path) -> None:
        notes = load(tmp_path, {"compose.yaml": self.TEXT}).notes
        assert notes == ("The service broken is left out: its profile is not active, and the service 'broken' has neither an image nor a build.",)
        assert "neither an image" in refused(tmp_path, {"compose.yaml": self.TEXT}, profiles=["never"]).message

    def test_profiles_may_stand_in_dotenv(self, tmp_path: Path) -> None:
        project = load(tmp_path, {"compose.yaml": self.TEXT, ".env": "COMPOSE_PROFILES=debug,other"}, profiles=())
        assert list(project.services) == ["web", "debug"]

    def test_a_dependency_on_a_resting_service_must_be_optional(self, tmp_path: Path) -> None:
        text = "services: {a: {image: x, depends_on: {b: {condition: service_started, required: false}}}, b: {image: x, profiles: [p]}}"
        assert list(load(tmp_path, {"compose.yaml": text}, profiles=()).services) == ["a"]
        assert "depends on 'b'" in refused(tmp_path, {"compose.yaml": text.replace("false", "true")}, profiles=()).message
