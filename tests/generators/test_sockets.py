"""The configurations of socket proxies, as HAProxy itself takes them, and where they go."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from batten.design import Design
from batten.design.proposal import propose
from batten.design.sections.sockets import BY_HAND, PROXY, SocketUse
from batten.errors import BattenError
from batten.hardening import harden
from batten.knowledge.images import image_facts
from batten.knowledge.sockets import ALWAYS, calls
from batten.model import Project
from generators import export
from generators.sockets import configuration
from tests.engine.conftest import go_without
from tests.knowledge.test_image_rows import all_rows
from tests.support import project_of

NEEDS = {row.id: need for row in all_rows().values() if (facts := image_facts(row.names[0])) is not None and (need := facts.socket) is not None}
TEXT = """
services:
  dozzle:
    image: amir20/dozzle
    volumes: [/var/run/docker.sock:/var/run/docker.sock:ro]
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return project_of(TEXT, tmp_path)


def haproxy_takes(text: str, folder: Path) -> None:
    """Ask HAProxy whether a configuration is one."""
    program = shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None:
        go_without("not installed: haproxy")
    (folder / "haproxy.cfg").write_text(text, encoding="utf-8")
    done = subprocess.run((program, "-c", "-f", str(folder / "haproxy.cfg")), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr


class TestHAProxy:
    @pytest.mark.parametrize("image", NEEDS)
    def test_takes_the_configuration_of_every_image(self, image: str, tmp_path: Path) -> None:
        wanted = {ALWAYS, *NEEDS[image].calls, *NEEDS[image].swarm}
        haproxy_takes(configuration(SocketUse(image, PROXY, "p", tuple(name for name in calls() if name in wanted))), tmp_path)

    def test_takes_all_calls_together_and_none_at_all(self, tmp_path: Path) -> None:
        haproxy_takes(configuration(SocketUse("a", PROXY, "p", tuple(calls()))), tmp_path)
        haproxy_takes(configuration(SocketUse("a", PROXY, "p", ())), tmp_path)

    @pytest.mark.parametrize("name", ["a\nglobal\n  daemon", "a # b", "$(touch /tmp/x)", "`id`", "'\"\\", "-f", "ü" * 200, "\x1b[31m", "\u2028"])
    def test_takes_no_word_of_a_hostile_name_for_its_own(self, name: str, tmp_path: Path) -> None:
        text = configuration(SocketUse(name, PROXY, "p", ("ping",)))
        haproxy_takes(text, tmp_path)
        plain = configuration(SocketUse("a", PROXY, "p", ("ping",)))
        assert text.splitlines()[1:] == plain.splitlines()[1:]


class TestWhatIsLetThrough:
    def test_is_what_is_named_and_no_more(self) -> None:
        text = configuration(SocketUse("a", PROXY, "p", ("ping", "containers")))
        allowed = [line.split("'")[1] for line in text.splitlines() if "http-request allow" in line]
        assert allowed == [f"^(/v1[.][0-9]+)?{path}$" for path in ("/_ping", "/_ping", "/version", "/containers/json")]
        assert "del-header Upgrade" in text

    def test_is_not_to_be_had_by_an_old_version_that_takes_settings_along(self) -> None:
        text = configuration(SocketUse("a", PROXY, "p", ("start",)))
        assert "POST } { path -m reg '^(/v1[.](2[4-9]|[3-9][0-9]|[1-9][0-9][0-9]))?/containers/" in text

    def test_turns_connections_only_where_a_terminal_is_asked_for(self) -> None:
        assert "del-header" not in configuration(SocketUse("a", PROXY, "p", ("exec",)))

    def test_is_said_with_what_it_shows_and_amounts_to(self) -> None:
        text = configuration(SocketUse("a", PROXY, "p", ("inspect", "create")))
        assert "# What can still be seen through it: the environment of every container" in text
        assert "# What is let through amounts to more than it seems: root on this host" in text


class TestWriting:
    def test_to_another_folder_brings_the_file_and_the_page_along(self, project: Project, tmp_path: Path) -> None:
        export(harden(project, propose(project), into=tmp_path / "out"))
        assert "dozzle" in (tmp_path / "out/socket-proxy/dozzle-socket-proxy.cfg").read_text()
        page = (tmp_path / "out/README.md").read_text()
        assert "`dozzle` asks `dozzle-socket-proxy` at `tcp://dozzle-socket-proxy:2375`" in page
        assert "A read-only mount (`:ro`) does not change that." in page

    def test_in_place_twice_changes_nothing(self, project: Project) -> None:
        design = propose(project)
        assert "socket-proxy/dozzle-socket-proxy.cfg" in export(harden(project, design)).files
        check = (sys.executable, "-m", "batten", "harden", str(project.directory), "--check")
        assert subprocess.run(check, capture_output=True, check=False).returncode == 0

    def test_other_calls_replace_the_file_in_place_and_keep_the_old_one(self, project: Project) -> None:
        from batten.compose import load_project

        design = propose(project)
        export(harden(project, design))
        (use,) = design.sockets
        fewer = replace(design, sockets=(use._replace(calls=("ping",)),))
        written = export(harden(load_project([project.directory / "compose.yaml"], environ={}), fewer))
        file = "socket-proxy/dozzle-socket-proxy.cfg"
        assert "/containers/json" not in (project.directory / file).read_text()
        assert written.backup is not None
        assert "/containers/json" in (written.backup / file).read_text()

    def test_a_file_of_the_same_name_that_is_not_ours_stays(self, project: Project) -> None:
        theirs = project.directory / "socket-proxy" / "dozzle-socket-proxy.cfg"
        theirs.parent.mkdir()
        theirs.write_text("mine")
        with pytest.raises(BattenError, match="is there already"):
            export(harden(project, propose(project)))
        assert theirs.read_text() == "mine"

    def test_other_calls_of_a_proxy_elsewhere_are_refused(self, project: Project, tmp_path: Path) -> None:
        from batten.compose import load_project

        design = propose(project)
        export(harden(project, design))
        (use,) = design.sockets
        fewer = replace(design, sockets=(use._replace(calls=("ping",)),))
        with pytest.raises(BattenError, match="lies outside of this folder"):
            export(harden(load_project([project.directory / "compose.yaml"], environ={}), fewer, into=tmp_path / "out"))

    def test_what_is_told_by_hand_stands_in_the_page(self, project: Project, tmp_path: Path) -> None:
        use = SocketUse("dozzle", PROXY, "p", ("ping", "create"), (BY_HAND,))
        export(harden(project, Design(sockets=(use,)), into=tmp_path / "out"))
        page = (tmp_path / "out/README.md").read_text()
        assert "**Before the start** tell it where the engine is: `tcp://p:2375`" in page
        assert "amounts to more than it seems: root on this host" in page
