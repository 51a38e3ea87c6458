"""A design that was decided for a project as it was, for the project as it is now: what is new gets its proposal, every decision stays."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from batten.design import Design
from batten.design.proposal import propose
from batten.model import Connection, Project
from wizards.cutting import recut

_T = TypeVar("_T")


def caught_up(design: Design, before: Project, now: Project) -> Design:
    """The design with proposals for what is in ``now`` and was not in ``before``; the same where nothing is.

    Networks are cut anew where they were as batten cuts them; those that somebody put together by hand stay, and what
    they cut off stands out in the figures.
    """
    was, proposed = propose(before), propose(now)
    merged = replace(
        design,
        tiers=_joined(design.tiers, was.tiers, proposed.tiers),
        connections=_added(_told_anew(design.connections, was.connections, proposed.connections), was.connections, proposed.connections, _pair),
        secrets=_added(design.secrets, was.secrets, proposed.secrets, lambda one: (one.service, one.variable)),
        published=_added(design.published, was.published, proposed.published, lambda one: (one.service, one.target, one.protocol, one.published)),
        privileges=_joined(design.privileges, was.privileges, proposed.privileges),
        sockets=_added(design.sockets, was.sockets, proposed.sockets, lambda one: one.service),
        keeps=_added(design.keeps, was.keeps, proposed.keeps, lambda one: (one.rule, one.service)),
    )
    if recut(before, design).networks == design.networks:
        merged = recut(now, merged)
    return design if merged == design else merged


def _pair(one: Connection) -> Hashable:
    return one.source, one.target


def _told_anew(held: tuple[Connection, ...], was: Iterable[Connection], proposed: Iterable[Connection]) -> tuple[Connection, ...]:
    """What is held, with the places where what speaks for it stands now."""
    same, now = set(was), {_pair(one): one for one in proposed}
    return tuple(now.get(_pair(one), one) if one in same else one for one in held)


def _joined(held: Mapping[str, _T], was: Mapping[str, _T], proposed: Mapping[str, _T]) -> Mapping[str, _T]:
    return {**held, **{name: one for name, one in proposed.items() if name not in held and name not in was}}


def _added(held: tuple[_T, ...], was: Iterable[_T], proposed: Iterable[_T], key: Callable[[_T], Hashable]) -> tuple[_T, ...]:
    """What is held, and what is proposed now and was neither held nor proposed before."""
    known = {key(one) for one in (*held, *was)}
    return (*held, *(one for one in proposed if key(one) not in known))
