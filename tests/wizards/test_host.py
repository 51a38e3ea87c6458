"""The walk through a host: its questions, its answers, and that a prompt, a file and the command's options come to the same files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from batten.cli.commands import host as command
from batten.design import host
from batten.design.host_existing import read_existing
from batten.errors import DesignError
from batten.session import host as sessions
from batten.session.host import HostSession
from tests.cli.calling import call, snapshot
from wizards.plain import prompted, run_plain_host
from wizards.questions import Answer, Question, decide
from wizards.steps import HOST_STEPS


@pytest.fixture(autouse=True)
def another_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, on a host with one way out and without a daemon.json."""
    monkeypatch.setattr(sessions, "DAEMON_JSON", str(tmp_path / "nowhere/daemon.json"))
    monkeypatch.setattr(sessions, "ways_out", lambda: ("lan0",))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (folder := tmp_path / "here").mkdir()
    monkeypatch.chdir(folder)
    return folder


def silent(text: str) -> None:
    """Say nothing."""


def answered(session: HostSession, **given: str) -> HostSession:
    """The session after answers, each by the last parts of its question's id with an underscore for the dot."""
    for name, value in given.items():
        id = name.replace("_", ".", 1)
        step, question = next((step, one) for step in HOST_STEPS for one in step.questions(session) if one.id == id)
        session = decide(session, step, question, value)
    return session


def ids(session: HostSession) -> list[str]:
    """Of all that is asked."""
    return [one.id for step in HOST_STEPS for one in step.questions(session)]


class TestWhatIsAsked:
    def test_details_come_with_the_decision_that_needs_them(self) -> None:
        session = HostSession.open(Path())
        assert "tls.names" not in ids(session)
        assert "swarm.peers" not in ids(session)
        session = answered(session, tls_wanted="yes", swarm_wanted="yes")
        assert {"tls.names", "tls.sources", "swarm.peers", "swarm.autolock"} <= set(ids(session))

    def test_every_question_says_why(self) -> None:
        session = answered(HostSession.open(Path()), tls_wanted="yes", swarm_wanted="yes")
        for step in HOST_STEPS:
            for question in step.questions(session):
                assert len(question.why) > 20, question.id
                assert question.id.startswith(f"{step.section}.")
                assert question.default in {one.value for one in question.choices} or question.free

    def test_what_holds_is_offered_as_it_may_be_typed(self) -> None:
        """An answer that is typed in again changes nothing."""
        session = answered(
            HostSession.open(Path()), tls_wanted="yes", tls_names="a.example, 192.0.2.1", firewall_published="443/tcp; 53/udp@10.0.0.0/8", swarm_wanted="yes"
        )
        for step in HOST_STEPS:
            for question in step.questions(session):
                assert step.decided(session, question, question.default).design == session.design, question.id


class TestAnswers:
    def test_a_swarm_takes_the_settings_away_that_it_refuses_and_gives_them_back(self) -> None:
        session = HostSession.open(Path())
        inside = answered(session, swarm_wanted="yes")
        assert "live-restore" not in {one.key for one in inside.design.daemon.settings}
        assert "daemon.live-restore" not in ids(inside)
        outside = answered(inside, swarm_wanted="no")
        assert outside.design.daemon == session.design.daemon

    def test_a_setting_is_left_and_taken_in_the_order_of_the_list(self) -> None:
        session = HostSession.open(Path())
        without = answered(session, daemon_icc="leave")
        assert "icc" not in {one.key for one in without.design.daemon.settings}
        assert answered(without, daemon_icc="set").design == session.design

    def test_one_undo_takes_one_answer_back(self) -> None:
        session = HostSession.open(Path())
        once = answered(session, tls_wanted="yes")
        twice = answered(once, tls_names="a.example")
        assert twice.undo().design == once.design
        assert twice.undo().undo().design == session.design
        assert twice.undo().redo().design == twice.design

    @pytest.mark.parametrize(
        ("id", "value"),
        [
            ("tls_names", "$(reboot)"),
            ("tls_sources", "0.0.0.0/0"),
            ("tls_port", "70000"),
            ("tls_port", "²"),
            ("tls_folder", "relative"),
            ("tls_client_days", "9999"),
            ("firewall_interfaces", "eth0; reboot"),
            ("firewall_published", "443/icmp"),
            ("firewall_host", "many"),
            ("swarm_peers", "node2"),
            ("swarm_data_port", "80"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, id: str, value: str) -> None:
        session = answered(HostSession.open(Path()), tls_wanted="yes", swarm_wanted="yes")
        with pytest.raises(DesignError, match="must"):
            answered(session, **{id: value})

    def test_the_file_that_is_there_is_told_of_without_its_values(self) -> None:
        existing = read_existing(b'{"icc": true, "log-opts": {"gelf-address": "udp://kelp-lantern"}}', "daemon.json")
        session = HostSession(Path(), host.propose(), existing, "daemon.json")
        hints = {one.id: one.choices[1].hint for one in HOST_STEPS[1].questions(session)}
        assert hints["daemon.icc"] == "it is in the file that is there"
        assert "kelp-lantern" not in str(HOST_STEPS[1].questions(session))


class TestAutosave:
    def test_keeps_the_design_for_its_folder_alone_and_for_the_user_alone(self, another_host: Path) -> None:
        session = answered(HostSession.open(another_host), tls_wanted="yes")
        assert not session.saved
        assert session.autosave().saved
        path = sessions.autosave_path(another_host)
        assert host.load(path.read_text()) == session.design
        assert path.stat().st_mode & 0o777 == 0o600
        assert sessions.autosave_path(another_host.parent) != path


ANSWERS = {
    "tls.wanted": "yes",
    "tls.names": "a.example, 192.0.2.1",
    "tls.clients": "ci",
    "tls.sources": "10.0.0.0/8",
    "tls.key": "rsa",
    "tls.passphrase": "no",
    "firewall.interfaces": "wan0",
    "firewall.host": "2222",
    "firewall.published": "443; 53/udp@10.0.0.0/8",
    "swarm.wanted": "yes",
    "swarm.peers": "10.0.0.2",
    "swarm.advertise": "10.0.0.1",
}
OPTIONS = (
    *("--name=a.example", "--name=192.0.2.1", "--client=ci", "--source=10.0.0.0/8", "--key=rsa", "--no-passphrase"),
    *("--interface=wan0", "--allow-host=2222", "--allow=443", "--allow=53/udp@10.0.0.0/8", "--peer=10.0.0.2", "--advertise=10.0.0.1"),
)
"""The same, as the command has them."""


class TestOneHostByEveryDoor:
    def test_a_prompt_a_file_and_options_write_the_same_files(self, another_host: Path) -> None:
        def ask(question: Question) -> Answer:
            return ANSWERS.get(question.id, question.default)

        command.write(run_plain_host(HostSession.open(Path()), ask=ask, say=silent), Path("prompt"))
        Path("answers.yaml").write_text(json.dumps(ANSWERS))
        result = call("wizard", "--host", "--plain", "--answers", "answers.yaml", "-o", "file")
        assert result.code == 0, result.err
        assert call("host", *OPTIONS, "-o", "options").code == 0
        written = snapshot(another_host / "prompt")
        assert {"host.yaml", "daemon.json", "tls/make-certs.sh", "firewall/batten-firewall.sh", "swarm/control-plane.sh"} <= set(written)
        assert snapshot(another_host / "file") == written
        assert snapshot(another_host / "options") == written

    def test_without_a_folder_the_design_is_printed(self) -> None:
        Path("answers.yaml").write_text("tls.wanted: yes\ntls.names: a.example\n")
        result = call("wizard", "--host", "--answers", "answers.yaml")
        assert result.code == 0
        assert host.load(result.out).tls.names == ("a.example",)

    def test_an_answer_to_nothing_is_refused_with_its_place(self) -> None:
        Path("answers.yaml").write_text("tls.wanted: 'no'\ntls.names: a.example\n")
        result = call("wizard", "--host", "--answers", "answers.yaml", "-o", "out")
        assert (result.code, Path("out").exists()) == (2, False)
        assert "answers.yaml:2" in result.err

    @pytest.mark.parametrize("options", [("--in-place",), ("shop",), ("-f", "compose.yaml")])
    def test_a_host_is_no_project(self, options: tuple[str, ...]) -> None:
        Path("answers.yaml").write_text("{}\n")
        assert call("wizard", "--host", "--answers", "answers.yaml", *options).code == 2


class TestThePlainDoor:
    """Without a project and without --host, the plain mode asks what is to be hardened."""

    @pytest.fixture(autouse=True)
    def _somebody_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("batten.cli.commands.open.has_terminal", lambda: True)

    def answer(self, monkeypatch: pytest.MonkeyPatch, door: str) -> list[str]:
        asked: list[str] = []

        def prompted(question: Question) -> Answer:
            asked.append(question.id)
            return door if question.id == "door" else question.default

        monkeypatch.setattr("wizards.plain.prompted", prompted)
        return asked

    def test_leads_to_the_host(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = self.answer(monkeypatch, "host")
        result = call("wizard", "--plain")
        assert result.code == 0, result.err
        assert host.load(result.out) == host.propose(("lan0",))
        assert asked[:2] == ["door", "tls.wanted"]

    def test_leads_to_a_project_somewhere_else(self, monkeypatch: pytest.MonkeyPatch, demo: Path) -> None:
        asked = self.answer(monkeypatch, str(demo))
        assert call("wizard", "--plain").code == 0
        assert any(id.startswith("tiers.") for id in asked)

    def test_is_not_there_where_the_user_said_what_is_meant(self, monkeypatch: pytest.MonkeyPatch, demo: Path) -> None:
        asked = self.answer(monkeypatch, "host")
        assert call("wizard", "--plain", str(demo)).code == 0
        assert "door" not in asked


class TestARealPrompt:
    """questionary itself, fed with keys: whatever holds can be kept by enter alone."""

    def kept(self, session: HostSession) -> HostSession:
        with create_pipe_input() as keys:
            keys.send_text("\r" * 60)
            with create_app_session(input=keys, output=DummyOutput()):
                return run_plain_host(session, say=silent)

    def test_enter_keeps_everything_of_a_host(self) -> None:
        session = answered(
            HostSession.open(Path()), tls_wanted="yes", tls_names="a.example", tls_address="192.0.2.9", firewall_published="443", swarm_wanted="yes"
        )
        assert self.kept(session).design == session.design

    def test_an_empty_text_stands_for_none(self) -> None:
        session = answered(HostSession.open(Path()), firewall_published="443")
        question = next(one for one in HOST_STEPS[2].questions(session) if one.id == "firewall.published")
        with create_pipe_input() as keys:
            keys.send_text("\x15\r")
            with create_app_session(input=keys, output=DummyOutput()):
                assert prompted(question) == "nothing"
