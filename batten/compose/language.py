"""The compose language as two tables of rows ``key | form | merge | path | stack``; ``keys`` says what the columns mean.

Sources: the Compose specification; Docker Compose v5.6.1's own ``config`` for forms and merging; for the last column the
loader of docker/cli 20.10.24, 26.1.5 and 28.5.2 (``cli/compose/types/types.go`` and its schema v3.13).
"""

from __future__ import annotations

SERVICE = """
annotations                        | labels    |               |         | schema_error
attach                             | bool_     |               |         | schema_error
blkio_config                       | mapping   |               |         | schema_error
blkio_config.weight                | count
blkio_config.weight_device         | listed
blkio_config.weight_device.*       | mapping
blkio_config.weight_device.*.path  | text
blkio_config.weight_device.*.weight | count
blkio_config.{device_read_bps,device_read_iops,device_write_bps,device_write_iops} | listed
blkio_config.{device_read_bps,device_read_iops,device_write_bps,device_write_iops}.* | mapping
blkio_config.{device_read_bps,device_read_iops,device_write_bps,device_write_iops}.*.path | text
blkio_config.{device_read_bps,device_read_iops,device_write_bps,device_write_iops}.*.rate | whole_size
build                              | build     |               |         | ignored
build.additional_contexts          | contexts
build.additional_contexts.*        |           |               | context
build.args                         | pairs
build.cache_from                   | texts
build.cache_to                     | texts
build.context                      | text      |               | context
build.dockerfile                   | text
build.dockerfile_inline            | text
build.entitlements                 | texts
build.extra_hosts                  | hosts     | unique:
build.isolation                    | text
build.labels                       | labels
build.network                      | text
build.no_cache                     | bool_
build.no_cache_filter              | distinct_strings
build.platforms                    | texts
build.privileged                   | bool_
build.provenance                   | toggle
build.pull                         | bool_
build.sbom                         | toggle
build.secrets                      | grants    | unique:target
build.shm_size                     | whole_size
build.ssh                          | ssh
build.tags                         | texts     | unique:
build.target                       | text
build.ulimits                      | mapping
build.ulimits.*                    | build_limit
cap_add                            | texts     | unique:       |         | supported
cap_drop                           | texts     | unique:       |         | supported
cgroup                             | one:host private |               |         | schema_error
cgroup_parent                      | text      |               |         | ignored
command                            | words?    | replace       |         | supported
configs                            | grants    | unique:target |         | supported
container_name                     | container_name |               |         | ignored
cpu_count                          | natural   |               |         | schema_error
cpu_percent                        | percent   |               |         | schema_error
cpu_period                         | whole |               |         | schema_error
cpu_quota                          | whole |               |         | forbidden
cpu_rt_period                      | whole |               |         | schema_error
cpu_rt_runtime                     | whole |               |         | schema_error
cpu_shares                         | whole     |               |         | forbidden
cpus                               | number    |               |         | schema_error
cpuset                             | text      |               |         | forbidden
credential_spec                    | mapping   |               |         | supported
credential_spec.config             | text
credential_spec.file               | text
credential_spec.registry           | text
depends_on                         | depends   |               |         | silently_ignored
depends_on.*.condition             | one:service_started service_healthy service_completed_successfully
depends_on.*.required              | flag
depends_on.*.restart               | bool_
deploy                             | mapping?  |               |         | supported
deploy.endpoint_mode               | text
deploy.labels                      | labels
deploy.mode                        | text
deploy.placement                   | mapping
deploy.placement.constraints       | texts
deploy.placement.max_replicas_per_node | natural
deploy.placement.preferences       | listed
deploy.placement.preferences.*     | mapping
deploy.placement.preferences.*.spread | text
deploy.replicas                    | natural
deploy.resources                   | mapping
deploy.resources.limits            | mapping
deploy.resources.limits.cpus       | number
deploy.resources.limits.memory     | text_size
deploy.resources.limits.pids       | integer
deploy.resources.reservations      | mapping
deploy.resources.reservations.cpus | number
deploy.resources.reservations.devices | reserved
deploy.resources.reservations.generic_resources | listed
deploy.resources.reservations.generic_resources.* | mapping
deploy.resources.reservations.generic_resources.*.discrete_resource_spec | mapping
deploy.resources.reservations.generic_resources.*.discrete_resource_spec.kind | text
deploy.resources.reservations.generic_resources.*.discrete_resource_spec.value | whole
deploy.resources.reservations.memory | text_size
deploy.restart_policy              | mapping
deploy.restart_policy.condition    | text
deploy.restart_policy.delay        | duration
deploy.restart_policy.max_attempts | natural
deploy.restart_policy.window       | duration
deploy.{update_config,rollback_config} | mapping
deploy.{update_config,rollback_config}.failure_action | text
deploy.{update_config,rollback_config}.max_failure_ratio | number
deploy.{update_config,rollback_config}.order | one:start-first stop-first
deploy.{update_config,rollback_config}.parallelism | natural
deploy.{update_config,rollback_config}.{delay,monitor} | duration
develop                            | mapping?  |               |         | schema_error
develop.watch                      | listed
develop.watch.*                    | watched
develop.watch.*.action             | one:rebuild sync restart sync+restart sync+exec
develop.watch.*.ignore             | distinct_strings
develop.watch.*.include            | distinct_strings
develop.watch.*.initial_sync       | flag
develop.watch.*.path               | text      |               | path
develop.watch.*.target             | text
device_cgroup_rules                | distinct  | unique:       |         | schema_error
devices                            | devices   | unique:target |         | ignored
dns                                | strings   | unique:       |         | supported
dns_opt                            | texts     | unique:       |         | schema_error
dns_search                         | strings   | unique:       |         | supported
domainname                         | text      |               |         | ignored
entrypoint                         | words?    | replace       |         | supported
env_file                           | envfiles  | unique:path   |         | client_side
env_file.*.format                  | env_format
env_file.*.path                    | text      |               | path
env_file.*.required                | bool_
environment                        | environment|               |         | supported
expose                             | loose_whole | unique:       |         | ignored
extends                            | extends   | replace       |         | forbidden
extends.file                       | text
extends.service                    | text
external_links                     | distinct  |               |         | ignored
extra_hosts                        | hosts     | unique:       |         | supported
gpus                               | gpus      |               |         | schema_error
group_add                          | loose_distinct |               |         | schema_error
healthcheck                        | mapping   |               |         | supported
healthcheck.disable                | bool_
healthcheck.interval               | duration
healthcheck.retries                | retries
healthcheck.start_interval         | duration
healthcheck.start_period           | duration
healthcheck.test                   | test      | replace
healthcheck.timeout                | duration
hostname                           | text      |               |         | supported
image                              | text      |               |         | supported
init                               | bool_     |               |         | supported
ipc                                | text      |               |         | ignored
isolation                          | text      |               |         | supported
label_file                         | strings   |               |         | schema_error
label_file.*                       |           |               | path
labels                             | labels    |               |         | supported
links                              | texts     | unique:       |         | ignored
logging                            | mapping   | logging       |         | supported
logging.driver                     | text
logging.options                    | loose_options
mac_address                        | text      |               |         | ignored
mem_limit                          | size      |               |         | forbidden
mem_reservation                    | whole_size |               |         | schema_error
mem_swappiness                     | whole_size |               |         | schema_error
memswap_limit                      | size      |               |         | forbidden
models                             | members   |               |         | schema_error
network_mode                       | text      |               |         | ignored
networks                           | members   |               |         | supported
networks.*                         | member?
networks.*.aliases                 | texts     | unique:
networks.*.driver_opts             | options
networks.*.gw_priority             | weight
networks.*.interface_name          | text
networks.*.ipv4_address            | text
networks.*.ipv6_address            | text
networks.*.link_local_ips          | texts     | unique:
networks.*.mac_address             | text
networks.*.priority                | weight
oom_kill_disable                   | bool_     |               |         | schema_error
oom_score_adj                      | integer   |               |         | supported
pid                                | text?     |               |         | ignored
pids_limit                         | whole     |               |         | schema_error
platform                           | text      |               |         | schema_error
ports                              | ports     | unique:port   |         | supported
ports.*.name                       | text
post_start                         | listed    |               |         | schema_error
pre_start                          | listed    |               |         | schema_error
pre_stop                           | listed    |               |         | schema_error
privileged                         | bool_     |               |         | ignored
profiles                           | texts     | unique:       |         | schema_error
provider                           | mapping   |               |         | schema_error
provider.options                   | provider_options
provider.type                      | text
pull_policy                        | pull      |               |         | schema_error
pull_refresh_after                 | text      |               |         | schema_error
read_only                          | bool_     |               |         | supported
restart                            | text      |               |         | ignored
runtime                            | text      |               |         | schema_error
scale                              | natural   |               |         | schema_error
secrets                            | grants    | unique:target |         | supported
security_opt                       | distinct  |               |         | ignored
shm_size                           | size      |               |         | ignored
stdin_open                         | bool_     |               |         | supported
stop_grace_period                  | duration  |               |         | supported
stop_signal                        | text      |               |         | supported
storage_opt                        | loose_options |               |         | schema_error
sysctls                            | labels    |               |         | supported
tmpfs                              | strings   | unique:       |         | silently_ignored
tty                                | bool_     |               |         | supported
ulimits                            | mapping    |               |         | supported
ulimits.*                          | limit     | limit
{ulimits,build.ulimits}.*.{soft,hard} | integer
use_api_socket                     | flag      |               |         | schema_error
user                               | text      |               |         | supported
userns_mode                        | text      |               |         | ignored
uts                                | text      |               |         | schema_error
volumes                            | volumes   | unique:target |         | supported
volumes.*.bind                     | mapping
volumes.*.bind.create_host_path    | bool_
volumes.*.bind.propagation         | text
volumes.*.bind.recursive           | one:enabled disabled writable readonly
volumes.*.bind.selinux             | one:z Z
volumes.*.consistency              | text
volumes.*.image                    | mapping
volumes.*.image.subpath            | text
volumes.*.read_only                | bool_
volumes.*.source                   | text
volumes.*.target                   | text
volumes.*.tmpfs                    | mapping
volumes.*.tmpfs.mode               | plain_mode
volumes.*.tmpfs.size               | positive_size
volumes.*.type                     | one:bind volume tmpfs cluster npipe image
volumes.*.volume                   | mapping
volumes.*.volume.labels            | labels_once
volumes.*.volume.nocopy            | bool_
volumes.*.volume.subpath           | text
volumes_from                       | distinct  |               |         | forbidden
working_dir                        | text      |               |         | supported
{post_start.*,pre_stop.*,develop.watch.*.exec} | hook
{post_start.*,pre_stop.*,develop.watch.*.exec}.command | words?
{post_start.*,pre_stop.*,develop.watch.*.exec}.environment | pairs_once
{post_start.*,pre_stop.*,develop.watch.*.exec}.privileged | bool_
{post_start.*,pre_stop.*,develop.watch.*.exec}.{user,working_dir} | text
{build.secrets,configs,secrets}.*.{source,target,uid,gid} | text
{build.secrets,configs,secrets}.*.mode | mode
ports.*.{mode,protocol,app_protocol} | text
ports.*.target                     | natural
ports.*.published                  | published
models.*                           | member?
models.*.{endpoint_var,model_var}  | text
{gpus,deploy.resources.reservations.devices}.*.{capabilities,device_ids} | distinct
{gpus,deploy.resources.reservations.devices}.*.driver | text
{gpus,deploy.resources.reservations.devices}.*.options | labels_once
deploy.resources.reservations.devices.*.count |
devices.*.{source,target,permissions} | text
ports.*.host_ip                    | address
pre_start.*                        | mapping
pre_start.*.per_replica            | bool_
gpus.*.* |
"""
"""What stands below ``services.NAME``."""

PROJECT = """
name                               | text      |               |         | schema_error
version                            | text      |               |         | supported
networks.*                         | resource  |               |         | supported
{networks,volumes}.*.{name,driver} | text      |               |         | supported
{networks,volumes}.*.driver_opts   | options   |               |         | supported
{networks,volumes}.*.external      |           |               |         | supported
networks.*.attachable              | bool_     |               |         | supported
networks.*.{enable_ipv4,enable_ipv6} | bool_     |               |         | schema_error
networks.*.internal                | bool_     |               |         | supported
networks.*.ipam                    | mapping   |               |         | supported
networks.*.ipam.config             | listed    | ipam
networks.*.ipam.config.*           | mapping
networks.*.ipam.config.*.aux_addresses | addresses
networks.*.ipam.config.*.{gateway,ip_range,subnet} | text
networks.*.ipam.driver             | text
networks.*.ipam.options            | addresses
networks.*.labels                  | labels    |               |         | supported
volumes.*                          | volume    |               | device  | supported
volumes.*.labels                   | labels_once |               |         | supported
{secrets,configs}.*                | kept      |               |         | supported
{secrets,configs}.*.file           | text      |               | path    | supported
{secrets,configs}.*.external       |           |               |         | supported
{secrets,configs}.*.labels         | labels_once |               |         | supported
{secrets,configs}.*.{name,template_driver} | text      |               |         | supported
{secrets,configs}.*.environment    | text      |               |         | schema_error
secrets.*.driver                   | text      |               |         | supported
secrets.*.driver_opts              | options   |               |         | supported
configs.*.content                  | text      |               |         | schema_error
models.*                           | model     |               |         | schema_error
models.*.context_size              | plain_integer
models.*.model                     | text
models.*.name                      | text
models.*.runtime_flags             | texts
jobs.*                             | mapping   |               |         | schema_error
include                            | listed    |               |         | schema_error
include.*.{path,env_file}          | strings
include.*.project_directory        | text
"""
"""Everything else."""
