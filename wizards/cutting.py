"""What follows from other decisions: networks are cut anew, ports of a service that changed its tier are placed anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from batten.design import Design, segmentation, subnets
from batten.design.learning import ways_out
from batten.design.sections import published
from batten.design.sections.networks import KEEP, LEAST
from batten.design.sections.published import Publication
from batten.design.sections.tiers import Placement, plain
from batten.inference.egress import egress_needs
from batten.model import Project, Tier


def cut(project: Project, design: Design, strategy: str | None = None) -> Design:
    """The design with its networks as ``strategy`` makes them; the proposed strategy where None. A service that the design does not know is an application."""
    if strategy == KEEP and segmentation.is_flat(project):
        return replace(design, networks=segmentation.own_networks(project))
    tiers = {**dict.fromkeys(project.services, Tier.APP), **plain(design.tiers)}
    outside = {*egress_needs(project), *ways_out(design)}
    proposed = segmentation.propose(project, tiers, design.connections, design.published, outside, None if strategy == KEEP else strategy)
    return replace(design, networks=subnets.carried_over(design.networks, proposed, project))


def placed(project: Project, design: Design, tiers: Mapping[str, Placement]) -> Design:
    """The design with other tiers and what follows from them. Ports that the user bound otherwise than proposed stay as they are."""
    before, after = (published.propose(project, plain(one), design.target) for one in (design.tiers, tiers))
    moved = {_key(old): (old, new) for old, new in zip(before, after, strict=True)}
    ports = tuple(_follow(one, moved.get(_key(one))) for one in design.published)
    changed = replace(design, tiers=tiers, published=ports)
    return recut(project, changed)


def recut(project: Project, design: Design, before: Design | None = None) -> Design:
    """The design with its networks cut again in the same way; those that are kept stay, unless by the design ``before`` there was nothing to cut."""
    if design.networks.strategy != KEEP:
        return cut(project, design, design.networks.strategy)
    return cut(project, design) if before is not None and _is_whole(project, before) else design


def _is_whole(project: Project, design: Design) -> bool:
    """Whether a flat project stays in one piece however closely it is cut, since everybody may need everybody."""
    return segmentation.is_flat(project) and cut(project, design, LEAST).networks.strategy == KEEP


def _key(one: Publication) -> tuple[str, int, str, str]:
    return one.service, one.target, one.protocol, one.published


def _follow(one: Publication, proposals: tuple[Publication, Publication] | None) -> Publication:
    if proposals is None or one.address != proposals[0].address:
        return one
    return proposals[1]
