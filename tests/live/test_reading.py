"""What an engine tells becomes projects: grouped, named as their files name things, and without what the images say by themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from batten.engine.protocol import About, Binding, EngineNetwork, EngineVolume, Granted, ImageDefaults, Membership, Mounted, Node, Swarm, Workload
from batten.engine.reading import Reading, Running, read
from batten.errors import EngineError
from batten.model import EnginePlace, SecretText, Service
from batten.review.runner import review
from tests.live.fakes import FakeEngine, composed, container, network


def running(*workloads: Workload, nets: tuple[EngineNetwork, ...] = (), vols: tuple[EngineVolume, ...] = (), **fields: Any) -> Reading:
    return read(FakeEngine(workloads, nets, vols, **fields))


def only(*workloads: Workload, nets: tuple[EngineNetwork, ...] = (), vols: tuple[EngineVolume, ...] = ()) -> Running:
    """The one project that these make."""
    found = running(*workloads, nets=nets, vols=vols)
    assert found.errors == ()
    assert len(found.running) == 1
    return found.running[0]


def service(workload: Workload, **fields: Any) -> Service:
    """The one service that a container makes."""
    (found,) = only(workload, **fields).project.services.values()
    return found


class TestGrouping:
    def test_goes_by_the_labels_of_compose(self) -> None:
        found = running(composed("shop", "web"), composed("shop", "db"), composed("blog", "web"), container("loner"))
        assert [(one.project.name, one.kind, sorted(one.project.services)) for one in found.running] == [
            ("blog", "compose", ["web"]),
            ("shop", "compose", ["db", "web"]),
            ("standalone", "standalone", ["loner"]),
        ]

    def test_replicas_are_one_service(self) -> None:
        found = only(*(composed("shop", "web", number) for number in (1, 2, 3))).project.services
        assert {name: one.replicas for name, one in found.items()} == {"web": 3}

    def test_a_replica_that_differs_stands_by_itself(self) -> None:
        found = only(composed("shop", "web", 1), composed("shop", "web", 2, image="nginx:1.28"), composed("shop", "web", 3)).project.services
        assert {name: (one.replicas, one.image) for name, one in found.items()} == {"web": (2, "nginx:1.27"), "web.shop-web-2": (1, "nginx:1.28")}

    def test_ports_of_replicas_come_together(self) -> None:
        found = only(*(composed("shop", "web", number, ports=(Binding(80, "tcp", str(8000 + number)),)) for number in (1, 2))).project.services
        assert [port.published for port in found["web"].ports] == ["8001", "8002"]

    def test_jobs_that_ended_belong_to_a_project_that_runs(self) -> None:
        assert set(only(composed("shop", "web"), composed("shop", "migrate", state="exited")).project.services) == {"web", "migrate"}

    def test_what_does_not_run_at_all_is_none(self) -> None:
        assert running(composed("shop", "web", state="exited"), container("old", state="exited")).running == ()

    @pytest.mark.parametrize("state", ["removing", "dead"])
    def test_what_is_being_removed_is_no_part_any_more(self, state: str) -> None:
        assert set(only(composed("shop", "web"), composed("shop", "old", state=state)).project.services) == {"web"}

    def test_a_one_off_container_keeps_its_own_name(self) -> None:
        labels = {"com.docker.compose.oneoff": "True"}
        assert set(only(composed("shop", "web"), composed("shop", "web", 2, labels=labels)).project.services) == {"web", "shop-web-2"}

    @pytest.mark.parametrize("name", ["../../etc", "a b", "${HOME}", "x: y", "ünicode", ""])
    def test_hostile_labels_are_only_names(self, name: str) -> None:
        found = running(composed("shop", name or "-"), composed(name or "-", "web"))
        assert found.errors == ()
        assert len(found.running) == 2

    def test_a_project_can_be_chosen(self) -> None:
        engine = FakeEngine((composed("shop", "web"), composed("blog", "web")))
        assert [one.project.name for one in read(engine, name="blog").running] == ["blog"]
        with pytest.raises(EngineError, match="nothing of a project named 'other'"):
            read(engine, name="other")


class TestContainers:
    def test_what_the_image_says_is_nobodys_wish(self) -> None:
        defaults = ImageDefaults({"PATH": SecretText("/bin"), "MODE": SecretText("slow")}, {"maker": "x"}, ("serve",), ("/start",), frozenset({"80/tcp"}))
        one = composed(
            "shop",
            "web",
            env={"PATH": "/bin", "MODE": "fast"},
            labels={"maker": "x", "mine": "y"},
            command=("serve",),
            entrypoint=("/start",),
            settings={"Config.ExposedPorts": {"80/tcp": {}, "9/tcp": {}}},
            defaults=defaults,
        )
        found = service(one)
        assert (set(found.environment), found.labels, found.command, found.entrypoint, found.expose) == ({"MODE"}, {"mine": "y"}, (), (), ("9/tcp",))

    def test_another_entrypoint_keeps_the_command_beside_it(self) -> None:
        found = service(composed("shop", "web", command=("serve",), entrypoint=("/other",), defaults=ImageDefaults(command=("serve",), entrypoint=("/start",))))
        assert (found.command, found.entrypoint) == (("serve",), ("/other",))

    def test_values_are_never_shown(self) -> None:
        one = composed("shop", "web", env={"TOKEN": "halyard-4711"}, command=("--password", "halyard-4711"))
        found = only(one)
        assert "4711" not in repr(one) + repr(found) + repr(found.project) + repr(found.project.services) + str(one)
        value = found.project.services["web"].environment["TOKEN"].value
        assert value is not None
        assert value.reveal() == "halyard-4711"

    @pytest.mark.parametrize("value", ["$HOME", "${A:-b}", "$$", "a: b # c", "line\nline", "'", '"', "\\", "é\u2028", ""])
    def test_values_come_through_as_they_are(self, value: str) -> None:
        found = service(composed("shop", "web", env={"X": value})).environment["X"].value
        assert found is not None
        assert found.reveal() == value

    def test_settings_are_the_keys_of_a_compose_file(self) -> None:
        settings = {
            "HostConfig.Privileged": True,
            "HostConfig.CapAdd": ["CAP_NET_ADMIN"],
            "HostConfig.PidMode": "host",
            "HostConfig.IpcMode": "private",
            "HostConfig.SecurityOpt": ["label=disable", "no-new-privileges:true"],
            "HostConfig.RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 5},
            "HostConfig.CgroupnsMode": "host",
            "HostConfig.Devices": [{"PathOnHost": "/dev/kvm", "PathInContainer": "/dev/kvm", "CgroupPermissions": "rwm"}],
            "Config.User": "1000",
            "Config.Healthcheck": {"Test": ["CMD", "true"], "Interval": 1500000000},
        }
        one = only(composed("shop", "web", settings=settings))
        found = one.project.services["web"]
        assert (found.privileged, found.cap_add, found.pid, found.ipc, found.cgroup, found.user) == (True, ("NET_ADMIN",), "host", "", "host", "1000")
        assert (found.security_opt, found.devices) == (("no-new-privileges:true",), ("/dev/kvm",)), "the engine adds label=disable by itself"
        assert one.model["services"]["web"]["restart"] == "on-failure:5"
        assert one.model["services"]["web"]["healthcheck"] == {"test": ["CMD", "true"], "interval": "1500ms"}

    def test_so_are_devices_runtimes_and_times(self) -> None:
        settings = {
            "HostConfig.DeviceRequests": [{"Driver": "", "Count": -1, "DeviceIDs": None, "Capabilities": [["gpu"]], "Options": {}}],
            "HostConfig.Runtime": "runsc",
            "Config.StopTimeout": 30,
        }
        found = only(composed("shop", "web", settings=settings)).model["services"]["web"]
        assert found["deploy"]["resources"]["reservations"]["devices"] == [{"count": "all", "capabilities": ["gpu"]}]
        assert (found["runtime"], found["stop_grace_period"]) == ("runsc", "30s")
        assert "runtime" not in only(composed("shop", "web", settings={"HostConfig.Runtime": "runc"})).model["services"]["web"]

    def test_uncovered_system_paths_are_an_option(self) -> None:
        bare: dict[str, Any] = {"HostConfig.MaskedPaths": [], "HostConfig.ReadonlyPaths": []}
        assert service(composed("shop", "web", settings=bare)).security_opt == ("systempaths=unconfined",)
        assert service(composed("shop", "web", settings={**bare, "HostConfig.Privileged": True})).security_opt == ()

    def test_mounts_and_secrets_are_told_apart(self) -> None:
        mounts = (
            Mounted("bind", "/srv/web", "/var/www", True),
            Mounted("volume", "shop_data", "/data", False),
            Mounted("volume", "a" * 64, "/cache", False),
            Mounted("bind", "/srv/pw", "/run/secrets/password", True),
        )
        labels = {"com.docker.compose.project": "shop", "com.docker.compose.volume": "data"}
        web = composed("shop", "web", mounts=mounts, defaults=ImageDefaults(volumes=frozenset({"/cache"})))
        one = only(web, vols=(EngineVolume("shop_data", "local", {}, labels),))
        assert [(mount.kind, mount.source, mount.target, mount.read_only) for mount in one.project.services["web"].mounts] == [
            ("bind", "/srv/web", "/var/www", True),
            ("volume", "data", "/data", False),
        ]
        assert one.project.secrets["password"].file == "/srv/pw"
        assert one.project.volumes == {"data": "shop_data"}

    def test_namespaces_of_neighbours_are_services(self) -> None:
        web = composed("shop", "web")
        side = composed("shop", "side", networks=(), settings={"HostConfig.NetworkMode": f"container:{web.id}"})
        far = composed("shop", "far", networks=(), settings={"HostConfig.NetworkMode": "container:0123"})
        found = only(web, side, far).project.services
        assert (found["side"].network_mode, found["far"].network_mode) == ("service:web", "container:0123")

    def test_who_waits_for_whom_is_read_from_the_label(self) -> None:
        labels = {"com.docker.compose.depends_on": "db:service_healthy:false,gone:service_started:true"}
        assert only(composed("shop", "web", labels=labels), composed("shop", "db")).project.services["web"].depends_on == ("db",)

    def test_a_container_name_of_ones_own_is_kept(self) -> None:
        one = composed("shop", "web")
        other = Workload(one.kind, one.id, "front", one.image, one.labels, one.environment, networks=one.networks, state="running")
        assert (service(one).container_name, service(other).container_name) == ("", "front")


class TestNetworks:
    def test_have_the_keys_of_their_project(self) -> None:
        found = only(composed("shop", "web", networks=(Membership("shop_back", ("web", "www")),)), nets=(network("shop", "back", internal=True),)).project
        assert (found.networks["back"].name, found.networks["back"].internal, found.networks["back"].external) == ("shop_back", True, False)
        assert found.services["web"].networks["back"].aliases == ("www",)

    def test_of_others_are_external_and_still_known(self) -> None:
        found = only(composed("shop", "web", networks=(Membership("meeting"),)), nets=(EngineNetwork("m", "meeting", "bridge", internal=True),)).project
        assert (found.networks["meeting"].external, found.networks["meeting"].internal) == (True, True)

    @pytest.mark.parametrize(("mode", "joined", "expected"), [("default", ("bridge",), "bridge"), ("host", ("host",), "host"), ("none", ("none",), "none")])
    def test_of_the_engine_are_modes(self, mode: str, joined: tuple[str, ...], expected: str) -> None:
        one = container("xx", networks=tuple(map(Membership, joined)), settings={"HostConfig.NetworkMode": mode})
        assert service(one).network_mode == expected

    def test_ports_are_as_they_were_asked_for(self) -> None:
        one = composed("shop", "web", ports=(Binding(80, "tcp", "8080", "127.0.0.1"), Binding(53, "udp", "")))
        found = [(port.target, port.protocol, port.published, port.host_ip) for port in service(one).ports]
        assert found == [(80, "tcp", "8080", "127.0.0.1"), (53, "udp", "", "")]


class TestASwarm:
    MANAGER = About("harbour", "28.5.2", "1.51", "unix:///var/run/docker.sock", "manager", {"CgroupVersion": "2"})

    def service(self, name: str, stack: str = "shop", **fields: Any) -> Workload:
        labels = {"com.docker.stack.namespace": stack} if stack else {}
        environment: dict[str, SecretText | None] = {}
        return Workload("service", f"id-{name}", name, "nginx:1.27", labels, environment, service_labels=labels, **fields)

    def test_services_stand_for_their_tasks(self) -> None:
        task = container("shop_web.1.abc", labels={"com.docker.swarm.task.id": "abc", "com.docker.stack.namespace": "shop"})
        found = read(FakeEngine((task,), state=Swarm((self.service("shop_web", replicas=3),)), told=self.MANAGER))
        assert [(one.project.name, one.kind, {name: each.replicas for name, each in one.project.services.items()}) for one in found.running] == [
            ("shop", "stack", {"web": 3})
        ]

    def test_secrets_are_those_of_the_swarm(self) -> None:
        grants = (Granted("shop_password", "password"), Granted("shop_settings", "/etc/settings", config=True))
        found = read(FakeEngine(state=Swarm((self.service("shop_web", grants=grants),)), told=self.MANAGER)).running[0].project
        assert (found.secrets["shop_password"].external, found.services["web"].secrets[0].target) == (True, "/run/secrets/password")
        assert found.configs["shop_settings"].external

    def test_findings_point_to_the_service(self) -> None:
        one = self.service("shop_web", settings={"Spec.TaskTemplate.ContainerSpec.CapabilityAdd": ["CAP_SYS_ADMIN"]})
        found = read(FakeEngine(state=Swarm((one,), (Node("harbour", "manager", "28.5.2"),)), told=self.MANAGER)).running[0]
        places = {finding.rule: found.places.relocated(finding).location for finding in review(found.project) if finding.service == "web"}
        assert places["dangerous-capability"] == EnginePlace("service/shop_web", "Spec.TaskTemplate.ContainerSpec.CapabilityAdd.0")

    def test_a_worker_knows_its_containers_and_says_so(self) -> None:
        worker = About("harbour", "28.5.2", "1.51", "unix:///var/run/docker.sock", "worker", {"CgroupVersion": "2"})
        labels = {"com.docker.swarm.task.id": "abc", "com.docker.stack.namespace": "shop", "com.docker.swarm.service.name": "shop_web"}
        found = read(FakeEngine((container("shop_web.1.abc", labels=labels),), told=worker))
        assert [sorted(one.project.services) for one in found.running] == [["web"]]
        assert "is a worker of a swarm" in found.errors[0].message


def test_a_project_that_cannot_be_read_is_an_error_beside_the_others() -> None:
    loop = [composed("bad", name, labels={"com.docker.compose.depends_on": f"{other}:service_started:false"}) for name, other in (("a", "b"), ("b", "a"))]
    found = running(*loop, composed("good", "web"))
    assert [one.project.name for one in found.running] == ["good"]
    assert "what runs as bad cannot be read as a project" in found.errors[0].message


def test_nothing_is_read_from_a_folder_that_a_label_names(tmp_path: Path) -> None:
    (tmp_path / "batten.yaml").write_text("version: 1\n")
    found = only(composed("shop", "web", labels={"com.docker.compose.project.working_dir": str(tmp_path)}))
    assert not str(found.project.directory).startswith(str(tmp_path))
