"""What is asked about the engine's socket, and what the answers do."""

from __future__ import annotations

from pathlib import Path

import pytest

from batten.design.sections.sockets import BY_HAND, KEEP, PROXY, SocketUse
from batten.errors import DesignError
from batten.session import Session
from tests.support import project_of
from wizards.questions import Question, decide
from wizards.sockets import Sockets
from wizards.steps import step

MOUNT = "volumes: [/var/run/docker.sock:/var/run/docker.sock]"
TEXT = f"""
services:
  dozzle: {{image: amir20/dozzle, {MOUNT}}}
  strange: {{image: registry.example/thing, {MOUNT}}}
  exporter: {{image: prom/node-exporter, volumes: ['/:/host']}}
  portainer: {{image: portainer/portainer-ce, {MOUNT}}}
"""


@pytest.fixture
def session(tmp_path: Path) -> Session:
    project_of(TEXT, tmp_path)
    return Session.open([tmp_path / "shop" / "compose.yaml"])


def _asked(session: Session) -> dict[str, Question]:
    return {one.id: one for one in Sockets().questions(session)}


def _answered(session: Session, id: str, value: str | tuple[str, ...]) -> Session:
    return decide(session, step("sockets"), _asked(session)[id], value)


def _use(session: Session, service: str) -> SocketUse:
    return next(use for use in session.design.sockets if use.service == service)


class TestQuestions:
    def test_begin_with_what_is_proposed(self, session: Session) -> None:
        assert {id: one.default for id, one in _asked(session).items() if id.count(".") == 1} == {
            "sockets.dozzle": PROXY,
            "sockets.strange": KEEP,
            "sockets.exporter": KEEP,
            "sockets.portainer": KEEP,
        }

    def test_leave_no_choice_where_no_proxy_can_be_written(self, session: Session) -> None:
        asked = _asked(session)["sockets.exporter"]
        assert asked.settled
        assert "a folder that holds the socket" in asked.why

    def test_say_what_a_proxy_would_not_protect_from(self, session: Session) -> None:
        offered = _asked(session)["sockets.portainer"].choices[0]
        assert "amounts to root" in offered.hint

    def test_warn_of_calls_that_are_powerful(self, session: Session) -> None:
        hints = {choice.value: choice.hint for choice in _asked(session)["sockets.dozzle.calls"].choices}
        assert hints["create"].startswith("gives: root on this host")
        assert hints["inspect"].startswith("shows the environment")


class TestAnswers:
    def test_a_proxy_for_an_unknown_image_takes_further_questions(self, session: Session) -> None:
        after = _answered(session, "sockets.strange", PROXY)
        assert _use(after, "strange") == SocketUse("strange", PROXY, "strange-socket-proxy", ("ping",), (BY_HAND,), "decided by you")
        after = _answered(after, "sockets.strange.calls", ("events", "containers"))
        after = _answered(after, "sockets.strange.endpoint", "environment DOCKER_HOST={url}")
        assert _use(after, "strange").calls == ("ping", "containers", "events")
        hardened = after.outcome().hardening.after
        variable = hardened.services["strange"].environment["DOCKER_HOST"].value
        assert variable is not None
        assert variable.reveal() == "tcp://strange-socket-proxy:2375"

    def test_keeping_the_socket_takes_the_proxy_away(self, session: Session) -> None:
        after = _answered(session, "sockets.dozzle", KEEP)
        assert "dozzle-socket-proxy" not in after.outcome().hardening.after.services
        assert after.undo().design == session.design

    def test_another_way_of_telling_may_be_typed(self, session: Session) -> None:
        after = _answered(session, "sockets.dozzle.endpoint", "argument --remote-host={url}; by hand")
        assert _use(after, "dozzle").endpoint == ("argument --remote-host={url}", BY_HAND)

    @pytest.mark.parametrize("way", ["DOCKER_HOST", "environment A=b c", "argument --x=$(id)", "environment A={url}\nB=c"])
    def test_what_is_no_way_of_telling_is_refused(self, session: Session, way: str) -> None:
        with pytest.raises(DesignError, match="is not a way to tell a service"):
            _answered(session, "sockets.dozzle.endpoint", way)

    def test_the_review_offers_the_same(self, session: Session) -> None:
        review = {one.id: one for one in step("review").questions(session)}
        asked = review["review.docker-socket.dozzle"]
        assert asked.default == "mend"
        after = decide(session, step("review"), asked, "leave")
        assert _use(after, "dozzle").how == KEEP
        back = decide(after, step("review"), {one.id: one for one in step("review").questions(after)}[asked.id], "mend")
        assert _use(back, "dozzle").how == PROXY
