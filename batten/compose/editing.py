"""Changes to splices: which words of which file each change becomes, so that everything else stays as the user wrote it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

from batten.compose import insertion, keyedit, networkedit, portedit, serviceedit, setting, variables
from batten.compose.dropping import drops
from batten.compose.grouping import base, frozen, group, nested, short, told
from batten.compose.insertion import Refused
from batten.compose.locating import EXTENDS, OWN, Entry, Layer, Map, entry
from batten.compose.source import Alias, Mapping_, Scalar, Sequence_, resolve
from batten.compose.splicing import Splice, aliases_of, is_json, json_words
from batten.model import Action, Change, Project, SourceText


class Refusal(NamedTuple):
    """A change that cannot be written into the user's files, and why."""

    change: Change
    reason: str


class Edits(NamedTuple):
    """The splices of each file, and what was refused."""

    splices: dict[str, list[Splice]]
    refusals: tuple[Refusal, ...]


def edit(project: Project, changes: Sequence[Change]) -> Edits:
    """Splices for ``changes`` in the project's own files.

    What stands in a place that several services share is only changed there where all of them take the same change.
    """
    return _Editor(project, changes).run()


class _Editor:
    def __init__(self, project: Project, changes: Sequence[Change]) -> None:
        self.project = project
        self.map = Map(project)
        self.ports = portedit.Ports(self.map)
        self.changes = changes
        self.wanted = {(change.path, change.action, frozen(change.value)) for change in changes}
        self.splices: dict[str, list[Splice]] = defaultdict(list)
        self.done: set[tuple[str, int, str]] = set()
        self.refusals: list[Refusal] = []
        self.homeless: list[tuple[SourceText, Scalar]] = []
        """Values that go away although an anchor gives them a name."""

    def run(self) -> Edits:
        groups: dict[tuple[Any, ...], list[Change]] = defaultdict(list)
        for change in self.changes:
            kind = group(change)
            groups[("section", "networks") if kind[0] == "network" and networkedit.place_of(self.project, kind[1]) is None else kind].append(change)
        writers: dict[str, Callable[..., None]] = {
            "environment": self.environment, "list": self.append, "memberships": self.memberships,
            "port": self.port, "section": self.section, "network": self.network,
            "command": partial(self.spots, serviceedit.arguments), "unmount": partial(self.spots, serviceedit.unmounted),
            "setting": partial(setting.write, self), "dependency": partial(self.spots, serviceedit.dependencies), "key": partial(self.spots, keyedit.lists),
            "label": partial(self.spots, serviceedit.labels),
        }  # fmt: skip
        for (kind, *where), members in groups.items():
            try:
                writer = writers.get(kind)
                if writer is None:
                    raise Refused("this kind of change cannot be written into a compose file")
                writer(*where, members)
            except Refused as refused:
                self.refusals += [Refusal(change, str(refused)) for change in members]
        for source, node in self.homeless:
            self.rehome(source, node)
        return Edits(dict(self.splices), tuple(self.refusals))

    def rehome(self, source: SourceText, node: Scalar) -> None:
        """Let the first place that still uses an anchored value hold it, and the anchor with it."""
        replaced = [(splice.start, splice.end) for splice in self.splices[source.file] if splice.end > splice.start]
        for alias in aliases_of(source.root, node):
            if not any(start <= alias.start < end for start, end in replaced):
                self.put(source, Splice(alias.start, alias.end, source.text[node.start : node.end]))
                return

    def put(self, source: SourceText, splice: Splice, mark: str = "") -> None:
        """Note a splice; the same one for a shared place is noted once."""
        if is_json(source.root):
            splice = splice._replace(text=json_words(splice.text))
        key = (source.file, splice.start, mark or f"{splice.end}:{splice.text}")
        if key not in self.done:
            self.done.add(key)
            self.splices[source.file].append(splice)

    def agree(self, others: Iterable[str], service: str, changes: Iterable[Change]) -> None:
        """Refuse where another service that shares the place does not take the same changes."""
        for other in sorted(others):
            for change in changes:
                path = ("services", other, *change.path[2:])
                if (path, change.action, frozen(change.value)) not in self.wanted:
                    raise Refused(f"{other} takes it from the same place as {service} and would not take the same change")

    def heirs_agree(self, node: Mapping_, key: str, service: str, changes: Iterable[Change]) -> None:
        """Refuse where a service that takes over a new key by a merge key takes no change of that key at all."""
        for heir in sorted(self.map.heirs(node, key)):
            if not any(change.path[:3] == ("services", heir, key) for change in self.changes):
                raise Refused(f"{heir} takes over what {service} says by a merge key and would not take the same change")

    # -- environment -----------------------------------------------------------

    def environment(self, service: str, _decision: str, changes: list[Change]) -> None:
        removed = [change for change in changes if change.action == Action.REMOVE]
        added = [change for change in changes if change.action == Action.SET]
        if not added:
            self.drop(service, removed)
            return
        if len(added) != 1 or len(removed) > 1:
            raise Refused("this is more than one variable turned into another")
        new = str(added[0].path[3])
        old = str(removed[0].path[3]) if removed else new
        places = variables.places(self.map, service, old)
        if not places and removed:
            raise Refused(f"{old} stands in none of the project's files")
        if not places:
            self.spots(serviceedit.variables, service, added)
        for place in places:
            self.agree(place.users - {service}, service, changes)
            self.put(place.source, place.renamed(new, str(added[0].value)))
            if place.anchored is not None:
                self.homeless.append((place.source, place.anchored))

    def drop(self, service: str, removed: list[Change]) -> None:
        """Variables that go away; where nothing is left of an environment, it goes too."""
        ours = [change for change in self.changes if change.path[:3] == ("services", service, "environment")]
        turned = {change.decision for change in ours if change.action == Action.SET}
        gone = {str(change.path[3]) for change in ours if change.action == Action.REMOVE and change.decision not in turned}
        wanted = {str(change.path[3]) for change in removed}
        for one in drops(self.map, service, gone, more=bool(turned)):
            if wanted.isdisjoint(one.variables):
                continue
            self.agree(one.users, service, [Change("", ("services", service, "environment", name), Action.REMOVE) for name in one.variables])
            self.put(one.source, one.splice)
            self.homeless += [(one.source, node) for node in one.anchored]

    # -- lists: secrets, capabilities, security options ----------------------------

    def append(self, service: str, key: str, changes: list[Change]) -> None:
        removed, added = setting.split(changes)
        changes = setting.take_out(self, service, key, removed, added) if removed else added
        if not changes:
            return
        layers = self.map.layers(service)
        own = [layer for layer in layers if layer.how == OWN]
        if not own:
            raise Refused(f"the service {service} is not found in the project's files")
        inherited = [change for change in changes if self.parent_takes(service, layers, change)]
        items = list({frozen(change.value): change for change in changes if change not in inherited}.values())
        if not items:
            return
        layer = base(own, key)
        found = entry(layer.source, layer.node, key)
        place = (layer, found) if found is not None else None
        if place is None:
            self.new_list(service, layer, key, items)
        elif self.can_append(place[1], service, items):
            sequence = place[1].value
            assert isinstance(sequence, Sequence_)
            self.put(place[1].source, insertion.append(place[1].source.text, sequence, [short(change.value) for change in items]), "append")
        else:
            self.own_list(place[0], place[1], key, items)

    def parent_takes(self, service: str, layers: Sequence[Layer], change: Change) -> bool:
        """Whether a service that this one extends takes the same item, which Compose then adds here too."""
        parents = {id(layer.node) for layer in layers if layer.how == EXTENDS}
        if not parents:
            return False
        for other in self.project.services:
            takes = (("services", other, *change.path[2:]), change.action, frozen(change.value)) in self.wanted
            if other != service and takes and any(layer.how == OWN and id(layer.node) in parents for layer in self.map.layers(other)):
                return True
        return False

    def can_append(self, place: Entry, service: str, items: Sequence[Change]) -> bool:
        if not isinstance(place.value, Sequence_):
            return False
        try:
            self.agree(self.map.sharing(place.id, service), service, items)
        except Refused:
            return False
        return True

    def new_list(self, service: str, layer: Layer, key: str, items: Sequence[Change]) -> None:
        if layer.shared:
            others = {name for name in self.project.services if name != service and any(one.node is layer.node for one in self.map.layers(name))}
            self.agree(others, service, items)
        self.heirs_agree(layer.node, key, service, items)
        self.put(layer.source, insertion.key(layer.source.text, layer.node, key, [short(change.value) for change in items]), f"key {key}")

    def own_list(self, layer: Layer, place: Entry, key: str, items: Sequence[Change]) -> None:
        """The inherited list written out at the service, with the new items: YAML's merge replaces lists whole."""
        current = resolve(place.value)
        if not isinstance(current, Sequence_) or not all(isinstance(resolve(item), Scalar) for item in current.items):
            raise Refused(f"its {key} comes from a shared place and cannot be written out")
        written = [insertion.Raw(layer.source.text[resolve(item).start : resolve(item).end]) for item in current.items]
        values: list[Any] = [*written, *(short(change.value) for change in items)]
        if place.owner is layer.node and isinstance(place.value, Alias):
            self.put(layer.source, Splice(place.value.start, place.value.end, insertion.flow_list(values)))
        elif place.owner is layer.node:
            raise Refused(f"its {key} stands in a place that other services share and that they would not change")
        else:
            self.put(layer.source, insertion.key(layer.source.text, layer.node, key, values), f"key {key}")

    # -- mounts, commands, dependencies, new variables, lists set as a whole -----------

    def spots(self, find: Callable[..., Iterable[serviceedit.Spot]], service: str, *rest: Any) -> None:
        changes: list[Change] = rest[-1]
        for spot in find(self.map, service, changes):
            self.agree(spot.users, service, changes)
            if spot.fresh is not None:
                self.heirs_agree(*spot.fresh, service, changes)
            self.put(spot.source, spot.splice)

    # -- memberships in networks ---------------------------------------------------

    def memberships(self, service: str, changes: list[Change]) -> None:
        wanted = next((dict(change.value) for change in changes if len(change.path) == 3), self.current(service))
        wanted |= {str(change.path[3]): change.value for change in changes if len(change.path) == 4}
        layers = self.map.layers(service)
        own = [layer for layer in layers if layer.how == OWN]
        if not own:
            raise Refused(f"the service {service} is not found in the project's files")
        written = [(layer, found) for layer in layers if (found := entry(layer.source, layer.node, "networks"))]
        where = own[-1] if not written else written[0][0] if len(written) == 1 and written[0][0] in own else own[0]
        override = any(layer is not where for layer, _ in written)
        place = next((found for layer, found in written if layer is where), None)
        source = where.source
        if place is None or place.owner is not where.node:
            if where.shared:
                raise Refused(f"the service {service} is an alias of another")
            for heir in sorted(self.map.heirs(where.node, "networks")):
                if not any(change.path[:3] == ("services", heir, "networks") for change in self.changes):
                    raise Refused(f"{heir} takes over what {service} says by a merge key and would be on the same networks")
            value: Any = wanted if any(wanted.values()) else list(wanted)
            self.put(source, insertion.key(source.text, where.node, "networks", value, tag="!override" if override else ""), "key networks")
            return
        if override and resolve(place.value).tag != "!override":
            self.put(source, insertion.tag(source.text, place.key, "!override"))
        for splice in insertion.members(source.text, place.value, wanted, self.current(service)):
            self.put(source, splice)

    def current(self, service: str) -> dict[str, Any]:
        value = self.project.value(("services", service, "networks"))
        return value.plain() if value is not None else {}

    # -- ports -----------------------------------------------------------------------

    def port(self, service: str, index: int, changes: list[Change]) -> None:
        place = self.ports.find(service, index)
        for other, number in place.siblings:
            path = ("services", other, "ports", number, "host_ip")
            if (path, Action.SET, frozen(changes[0].value)) not in self.wanted:
                raise Refused(f"a port of {other} is written in the same place and would not take the same address")
        for source, splice in portedit.bound(place, str(changes[0].value)):
            self.put(source, splice, f"port {changes[0].value}")

    # -- top level -------------------------------------------------------------------

    def section(self, name: str, changes: list[Change]) -> None:
        source, node = self.section_node(name)
        values: dict[str, dict[str, Any]] = {}
        notes: dict[str, str] = {}
        for change in changes:
            key, *option = map(str, change.path[1:])
            values.setdefault(key, {}).update(nested(option, change.value) if option else told(change))
            notes[key] = notes.get(key) or (change.comment if name in ("networks", "services") else "")
        lines = [(key, value or None, notes[key]) for key, value in values.items()]
        if node is not None:
            self.put(source, insertion.entries(source.text, node, lines), f"section {name}")
        else:
            self.put(source, insertion.new_section(source, name, lines), f"section {name}")

    def section_node(self, name: str) -> tuple[SourceText, Mapping_ | None]:
        """The section of that name in the first file, which also has to hold without the others; None where it has none."""
        source = self.project.sources[self.project.files[0]]
        for root in source.root.roots:
            node = root.get(name) if isinstance(root, Mapping_) else None
            if isinstance(node, Mapping_):
                return source, node
        return source, None

    def network(self, name: str, *rest: Any) -> None:
        *keys, changes = rest
        place = networkedit.place_of(self.project, name)
        if place is None:
            raise Refused(f"the network {name} is not found in the project's files")
        for other in place.namesakes:
            if (("networks", other, *keys), Action.SET, frozen(changes[0].value)) not in self.wanted:
                raise Refused(f"the networks {name} and {other} are written in the same place")
        self.put(*networkedit.option(place.entry, keys, changes[0].value, name))
