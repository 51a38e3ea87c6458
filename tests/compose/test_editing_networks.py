"""Networks made internal, in every form in which people write them."""

from __future__ import annotations

from pathlib import Path

from batten.model import Action, Change, Project
from tests.compose.edited import block, lines_changed, placed, refusals
from tests.support import project_of


class TestNetworks:
    def test_made_internal_in_every_form(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              a:
                image: a
                networks: [one, two, three, four]
              b:
                image: b
            networks:
              one: # 1
              two: {}
              three: {driver: bridge}
              four:
                driver: bridge # b
                internal: false # f
        """),
            tmp_path,
        )
        assert lines_changed(project, placed(project, {}, ["one", "two", "three", "four"])) == [
            "-  two: {}",
            "+    internal: true",
            "+  two: {internal: true}",
            "-  three: {driver: bridge}",
            "+  three: {driver: bridge, internal: true}",
            "-    internal: false # f",
            "+    internal: true # f",
        ]

    def test_an_alias_where_both_take_it(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              a:
                image: a
                networks: [one, two]
              b:
                image: b
            networks:
              one: &o
                driver: bridge
              two: *o
        """),
            tmp_path,
        )
        assert lines_changed(project, placed(project, {}, ["one", "two"])) == [
            "+    internal: true",
        ]

    def test_an_alias_where_one_takes_it(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              a:
                image: a
                networks: [one, two]
              b:
                image: b
            networks:
              one: &o
                driver: bridge
              two: *o
        """),
            tmp_path,
        )
        assert set(refusals(project, placed(project, {}, ["one"]))) == {"the networks one and two are written in the same place"}

    def test_the_default_network_that_nobody_wrote_down(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              a:
                image: a
              b:
                image: b
        """),
            tmp_path,
        )
        assert lines_changed(project, placed(project, {}, ["default"])) == [
            "+",
            "+networks:",
            "+  default:",
            "+    internal: true",
        ]

    def test_the_default_network_that_has_options(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              a:
                image: a
              b:
                image: b
            networks:
              default:
                name: mine # old name
        """),
            tmp_path,
        )
        assert lines_changed(project, placed(project, {}, ["default"])) == [
            "+    internal: true",
        ]


class TestOptionsOfTheDriver:
    def named(self, project: Project, *names: str) -> list[Change]:
        """Changes that set one option of each network."""
        return [Change(f"n.{name}", ("networks", name, "driver_opts", "bridge.name"), Action.SET, f"br-{name}", decision=f"n.{name}") for name in names]

    def test_are_set_in_every_form(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              a: {image: a, networks: [one, two, three, four, five, six]}
            networks:
              one: # 1
              two: {}
              three: {driver: bridge}
              four:
                driver_opts: # b
                  mtu: "1400" # f
                internal: true
              five: {driver_opts: {mtu: 1400}}
              six:
                driver_opts:
                  bridge.name: other # f
        """),
            tmp_path,
        )
        assert lines_changed(project, self.named(project, "one", "two", "three", "four", "five", "six")) == [
            "-  two: {}",
            "-  three: {driver: bridge}",
            "+    driver_opts:",
            "+      bridge.name: br-one",
            "+  two: {driver_opts: {bridge.name: br-two}}",
            "+  three: {driver: bridge, driver_opts: {bridge.name: br-three}}",
            "+      bridge.name: br-four",
            "-  five: {driver_opts: {mtu: 1400}}",
            "+  five: {driver_opts: {mtu: 1400, bridge.name: br-five}}",
            "-      bridge.name: other # f",
            "+      bridge.name: br-six # f",
        ]

    def test_of_a_network_that_nobody_wrote_down(self, tmp_path: Path) -> None:
        project = project_of("services:\n  a:\n    image: a\n", tmp_path)
        assert lines_changed(project, self.named(project, "default")) == [
            "+",
            "+networks:",
            "+  default:",
            "+    driver_opts:",
            "+      bridge.name: br-default",
        ]

    def test_merged_from_elsewhere_are_refused(self, tmp_path: Path) -> None:
        text = "services: {a: {image: a, networks: [one]}}\nx-net: &n\n  driver_opts: {mtu: 1400}\nnetworks:\n  one:\n    <<: *n\n    internal: true\n"
        project = project_of(text, tmp_path)
        assert "merged from another place" in refusals(project, self.named(project, "one"))[0]
