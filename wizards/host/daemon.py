"""The step that says what ``daemon.json`` is to hold, setting by setting."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from batten.design.host import Daemon, HostDesign, Setting, SettingFacts, in_order, setting_facts
from batten.session.host import HostSession
from wizards.host.asking import HostStep
from wizards.questions import Choice, Question

SET, LEAVE = "set", "leave"


class DaemonStep(HostStep):
    """One question for each setting that is known, and for each that the design has besides."""

    name = "host-daemon"
    section = "daemon"
    title = "Daemon"
    why = (
        "daemon.json says how the Docker daemon behaves towards every container of this host. batten merges what you choose into the file that is there: "
        "no key of yours is lost, nothing is restarted, and the script that installs it takes it back too."
    )

    def questions(self, session: HostSession) -> list[Question]:
        """What is proposed first, then what is only offered; a node of a swarm is not offered what it cannot take."""
        return list(self._each(session))

    def _each(self, session: HostSession) -> Iterator[Question]:
        design, there = session.design, session.existing.entries
        held = {setting.key: setting for setting in design.daemon.settings}
        facts = [row for row in setting_facts().values() if not (row.not_with_swarm and design.swarm.wanted)]
        for row in sorted(facts, key=lambda row: not row.proposed):
            yield self._known(row, held.pop(row.key, None), row.key in there)
        for setting in held.values():
            yield self._setting(setting.key, setting.value, setting.reason or "the design names it", "", True, setting.key in there)

    def _known(self, row: SettingFacts, held: Setting | None, there: bool) -> Question:
        return self._setting(row.key, held.value if held else row.value, row.why, row.breaks, held is not None, there)

    def _setting(self, key: str, value: object, why: str, breaks: str, held: bool, there: bool) -> Question:
        now = "it is in the file that is there" if there else "Docker's default holds"
        choices = (Choice(SET, json.dumps(value), f"may stop working: {breaks}" if breaks else ""), Choice(LEAVE, "as it is", now))
        return self.ask(key, key, f"Shall daemon.json say {key}?", why, SET if held else LEAVE, choices)

    def answer(self, design: HostDesign, matter: str, value: str) -> HostDesign:
        """The design with that setting, in the order of the list, or without it."""
        rest = tuple(one for one in design.daemon.settings if one.key != matter)
        if value == LEAVE:
            return replace(design, daemon=Daemon(rest))
        row = setting_facts()[matter]
        return replace(design, daemon=Daemon(in_order((*rest, Setting(row.key, row.value, row.why)))))
