"""One table of the compose language: for each key its canonical form, how it merges, whether it holds paths, and its fate in a stack file.

Sources: the Compose specification; Docker Compose v5.6.1's own ``config`` for forms and merging; for the last column the
loader of docker/cli 20.10.24, 26.1.5 and 28.5.2 (``cli/compose/types/types.go`` and its schema v3.13).
"""

from __future__ import annotations

from typing import NamedTuple


class Key(NamedTuple):
    """What is known of one key of the compose language."""

    form: str = ""
    """Name of the canonicaliser in ``forms`` (empty: kept as it is)."""
    merge: str = ""
    """``replace``, ``unique:FIELD`` for lists whose items have an identity, or empty for the default of its type
    (mappings merge key by key, lists are joined, scalars are replaced)."""
    path: str = ""
    """``path`` where the text is a path relative to the project directory; ``context`` where it may be a URL too."""
    stack: str = ""
    """What ``docker stack deploy`` does with it: ``supported``, ``client_side``, ``ignored``, ``silently_ignored``, ``forbidden`` or ``schema_error``."""


class Spec:
    """A node of the table: what is known of a key, and of the keys below it."""

    __slots__ = ("children", "key")

    def __init__(self, key: Key) -> None:
        self.key = key
        self.children: dict[str, Spec] = {}

    def child(self, name: str) -> Spec:
        """The entry for ``name`` below this one; the empty entry where nothing is known."""
        children = self.children
        if not children:
            return NOTHING
        return children.get(name) or children.get("*") or NOTHING

    def knows(self, name: str) -> bool:
        """Whether ``name`` is a key that may stand here (extension fields may stand anywhere)."""
        return name in self.children or "*" in self.children or name.startswith("x-")


NOTHING = Spec(Key())

# pattern | form | merge | path | stack
_TABLE = """
name                                      | text      |                  |         | schema_error
version                                   | text      |                  |         | supported
services.*.annotations                    | pairs     |                  |         | schema_error
services.*.attach                         | bool      |                  |         | schema_error
services.*.blkio_config                   |           |                  |         | schema_error
services.*.build                          | build     |                  |         | ignored
services.*.build.context                  | text      |                  | context |
services.*.build.dockerfile               | text      |                  |         |
services.*.build.args                     | arguments |                  |         |
services.*.build.labels                   | labels    |                  |         |
services.*.build.additional_contexts      | pairs     |                  |         |
services.*.build.additional_contexts.*    |           |                  | context |
services.*.build.cache_from               | strings   |                  |         |
services.*.build.cache_to                 | strings   |                  |         |
services.*.build.extra_hosts              | hosts     | unique:          |         |
services.*.build.shm_size                 | size      |                  |         |
services.*.build.tags                     | strings   | unique:          |         |
services.*.build.no_cache                 | bool      |                  |         |
services.*.build.pull                     | bool      |                  |         |
services.*.build.privileged               | bool      |                  |         |
services.*.build.secrets                  | grants    | unique:target    |         |
services.*.build.ssh                      | strings   |                  |         |
services.*.build.*                        |           |                  |         |
services.*.cap_add                        | strings   | unique:          |         | supported
services.*.cap_drop                       | strings   | unique:          |         | supported
services.*.cgroup                         | text      |                  |         | schema_error
services.*.cgroup_parent                  | text      |                  |         | ignored
services.*.command                        | words     | replace          |         | supported
services.*.configs                        | grants    | unique:target    |         | supported
services.*.configs.*.mode                 | mode      |                  |         |
services.*.container_name                 | text      |                  |         | ignored
services.*.cpu_count                      | integer   |                  |         | schema_error
services.*.cpu_percent                    | number    |                  |         | schema_error
services.*.cpu_period                     | text      |                  |         | schema_error
services.*.cpu_quota                      | text      |                  |         | forbidden
services.*.cpu_rt_period                  | text      |                  |         | schema_error
services.*.cpu_rt_runtime                 | text      |                  |         | schema_error
services.*.cpu_shares                     | integer   |                  |         | forbidden
services.*.cpus                           | number    |                  |         | schema_error
services.*.cpuset                         | text      |                  |         | forbidden
services.*.credential_spec                |           |                  |         | supported
services.*.depends_on                     | depends   |                  |         | silently_ignored
services.*.depends_on.*.required          | bool      |                  |         |
services.*.depends_on.*.restart           | bool      |                  |         |
services.*.deploy                         |           |                  |         | supported
services.*.deploy.labels                  | labels    |                  |         |
services.*.deploy.replicas                | integer   |                  |         |
services.*.deploy.resources.limits.cpus   | number    |                  |         |
services.*.deploy.resources.limits.memory | size      |                  |         |
services.*.deploy.resources.limits.pids   | integer   |                  |         |
services.*.deploy.resources.reservations.cpus   | number |               |         |
services.*.deploy.resources.reservations.memory | size   |               |         |
services.*.deploy.resources.reservations.devices | gpus  |               |         |
services.*.deploy.restart_policy.delay    | duration  |                  |         |
services.*.deploy.restart_policy.window   | duration  |                  |         |
services.*.deploy.restart_policy.max_attempts | integer |                |         |
services.*.deploy.update_config.parallelism | integer |                  |         |
services.*.deploy.update_config.delay     | duration  |                  |         |
services.*.deploy.update_config.monitor   | duration  |                  |         |
services.*.deploy.update_config.max_failure_ratio | number |              |         |
services.*.deploy.rollback_config.parallelism | integer |                |         |
services.*.deploy.rollback_config.delay   | duration  |                  |         |
services.*.deploy.rollback_config.monitor | duration  |                  |         |
services.*.deploy.rollback_config.max_failure_ratio | number |            |         |
services.*.deploy.placement.max_replicas_per_node | integer |             |         |
services.*.develop                        |           |                  |         | schema_error
services.*.develop.watch.*.path           | text      |                  | path    |
services.*.device_cgroup_rules            | strings   | unique:          |         | schema_error
services.*.devices                        | devices   | unique:target    |         | ignored
services.*.dns                            | strings   | unique:          |         | supported
services.*.dns_opt                        | strings   | unique:          |         | schema_error
services.*.dns_search                     | strings   | unique:          |         | supported
services.*.domainname                     | text      |                  |         | ignored
services.*.entrypoint                     | words     | replace          |         | supported
services.*.env_file                       | envfiles  | unique:path      |         | client_side
services.*.env_file.*.path                | text      |                  | path    |
services.*.environment                    | pairs     |                  |         | supported
services.*.expose                         | strings   | unique:          |         | ignored
services.*.extends                        | extends   | replace          |         | forbidden
services.*.external_links                 | strings   |                  |         | ignored
services.*.extra_hosts                    | hosts     | unique:          |         | supported
services.*.gpus                           | gpus      |                  |         | schema_error
services.*.group_add                      | strings   |                  |         | schema_error
services.*.healthcheck                    |           |                  |         | supported
services.*.healthcheck.test               | test      | replace          |         |
services.*.healthcheck.interval           | duration  |                  |         |
services.*.healthcheck.timeout            | duration  |                  |         |
services.*.healthcheck.start_period       | duration  |                  |         |
services.*.healthcheck.start_interval     | duration  |                  |         |
services.*.healthcheck.retries            | integer   |                  |         |
services.*.healthcheck.disable            | bool      |                  |         |
services.*.hostname                       | text      |                  |         | supported
services.*.image                          | text      |                  |         | supported
services.*.init                           | bool      |                  |         | supported
services.*.ipc                            | text      |                  |         | ignored
services.*.isolation                      | text      |                  |         | supported
services.*.label_file                     | strings   |                  |         | schema_error
services.*.label_file.*                   |           |                  | path    |
services.*.labels                         | labels    |                  |         | supported
services.*.links                          | strings   | unique:          |         | ignored
services.*.logging                        |           | logging          |         | supported
services.*.logging.options                | options   |                  |         |
services.*.mac_address                    | text      |                  |         | ignored
services.*.mem_limit                      | size      |                  |         | forbidden
services.*.mem_reservation                | size      |                  |         | schema_error
services.*.mem_swappiness                 | integer   |                  |         | schema_error
services.*.memswap_limit                  | size      |                  |         | forbidden
services.*.models                         |           |                  |         | schema_error
services.*.network_mode                   | text      |                  |         | ignored
services.*.networks                       | members   |                  |         | supported
services.*.networks.*.aliases             | strings   | unique:          |         |
services.*.networks.*.priority            | number    |                  |         |
services.*.oom_kill_disable               | bool      |                  |         | schema_error
services.*.oom_score_adj                  | integer   |                  |         | supported
services.*.pid                            | text      |                  |         | ignored
services.*.pids_limit                     | integer   |                  |         | schema_error
services.*.platform                       | text      |                  |         | schema_error
services.*.ports                          | ports     | unique:port      |         | supported
services.*.post_start                     |           |                  |         | schema_error
services.*.pre_start                      |           |                  |         | schema_error
services.*.pre_stop                       |           |                  |         | schema_error
services.*.privileged                     | bool      |                  |         | ignored
services.*.profiles                       | strings   | unique:          |         | schema_error
services.*.provider                       |           |                  |         | schema_error
services.*.pull_policy                    | pull      |                  |         | schema_error
services.*.pull_refresh_after             | text      |                  |         | schema_error
services.*.read_only                      | bool      |                  |         | supported
services.*.restart                        | text      |                  |         | ignored
services.*.runtime                        | text      |                  |         | schema_error
services.*.scale                          | integer   |                  |         | schema_error
services.*.secrets                        | grants    | unique:target    |         | supported
services.*.secrets.*.mode                 | mode      |                  |         |
services.*.security_opt                   | strings   |                  |         | ignored
services.*.shm_size                       | size      |                  |         | ignored
services.*.stdin_open                     | bool      |                  |         | supported
services.*.stop_grace_period              | duration  |                  |         | supported
services.*.stop_signal                    | text      |                  |         | supported
services.*.storage_opt                    | options   |                  |         | schema_error
services.*.sysctls                        | pairs     |                  |         | supported
services.*.tmpfs                          | strings   | unique:          |         | silently_ignored
services.*.tty                            | bool      |                  |         | supported
services.*.ulimits                        |           |                  |         | supported
services.*.ulimits.*                      | limit     | limit            |         |
services.*.use_api_socket                 | bool      |                  |         | schema_error
services.*.user                           | text      |                  |         | supported
services.*.userns_mode                    | text      |                  |         | ignored
services.*.uts                            | text      |                  |         | schema_error
services.*.volumes                        | volumes   | unique:target    |         | supported
services.*.volumes.*.read_only            | bool      |                  |         |
services.*.volumes.*.bind.create_host_path | bool     |                  |         |
services.*.volumes.*.volume.nocopy        | bool      |                  |         |
services.*.volumes.*.volume.labels        | labels    |                  |         |
services.*.volumes.*.tmpfs.size           | size      |                  |         |
services.*.volumes_from                   | strings   |                  |         | forbidden
services.*.working_dir                    | text      |                  |         | supported
networks.*                                | resource  |                  |         | supported
networks.*.attachable                     | bool      |                  |         | supported
networks.*.driver                         | text      |                  |         | supported
networks.*.driver_opts                    | options   |                  |         | supported
networks.*.enable_ipv4                    | bool      |                  |         | schema_error
networks.*.enable_ipv6                    | bool      |                  |         | schema_error
networks.*.external                       |           |                  |         | supported
networks.*.internal                       | bool      |                  |         | supported
networks.*.ipam                           |           |                  |         | supported
networks.*.ipam.config                    |           | ipam             |         |
networks.*.labels                         | labels    |                  |         | supported
networks.*.name                           | text      |                  |         | supported
volumes.*                                 | resource  |                  |         | supported
volumes.*.driver                          | text      |                  |         | supported
volumes.*.driver_opts                     | options   |                  |         | supported
volumes.*.external                        |           |                  |         | supported
volumes.*.labels                          | labels    |                  |         | supported
volumes.*.name                            | text      |                  |         | supported
secrets.*                                 | resource  |                  |         | supported
secrets.*.file                            | text      |                  | path    | supported
secrets.*.environment                     | text      |                  |         | schema_error
secrets.*.external                        |           |                  |         | supported
secrets.*.labels                          | labels    |                  |         | supported
secrets.*.name                            | text      |                  |         | supported
secrets.*.driver                          | text      |                  |         | supported
secrets.*.driver_opts                     | options   |                  |         | supported
secrets.*.template_driver                 | text      |                  |         | supported
configs.*                                 | resource  |                  |         | supported
configs.*.file                            | text      |                  | path    | supported
configs.*.content                         | text      |                  |         | schema_error
configs.*.environment                     | text      |                  |         | schema_error
configs.*.external                        |           |                  |         | supported
configs.*.labels                          | labels    |                  |         | supported
configs.*.name                            | text      |                  |         | supported
configs.*.template_driver                 | text      |                  |         | supported
models.*                                  |           |                  |         | schema_error
models.*.*                                |           |                  |         |
include                                   |           |                  |         | schema_error
"""


def _compile(table: str) -> Spec:
    root = Spec(Key())
    for row in table.strip().splitlines():
        pattern, *cells = (cell.strip() for cell in row.split("|"))
        here = root
        for step in pattern.split("."):
            here = here.children.setdefault(step, Spec(Key()))
        here.key = Key(*cells)
    return root


ROOT = _compile(_TABLE)


def spec_at(*path: str | int) -> Spec:
    """The entry of the table for a path of the resolved tree; indices of lists count as ``*``."""
    here = ROOT
    for step in path:
        here = here.child(step if isinstance(step, str) else "*")
    return here
