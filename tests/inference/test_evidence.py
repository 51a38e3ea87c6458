"""Who needs whom."""

from __future__ import annotations

from pathlib import Path

from batten.inference.evidence import needed_connections
from batten.model import EvidenceKind, Span
from tests.inference.building import kinds, reasons
from tests.support import project_of


class TestNamedInTheEnvironment:
    def test_a_url_names_its_host_with_its_place(self, tmp_path: Path) -> None:
        text = "services:\n  api:\n    build: .\n    environment:\n      DATABASE_URL: postgres://u:p@db/shop\n  db:\n    image: postgres:16\n"
        (evidence,) = reasons(project_of(text, tmp_path))["api", "db"]
        assert (evidence.kind, evidence.text) == (EvidenceKind.NAMED, "DATABASE_URL")
        assert isinstance(evidence.where, Span)
        assert evidence.where.line == 5

    def test_a_plain_value_counts_where_the_variable_says_host(self, tmp_path: Path) -> None:
        project = project_of(
            "services:\n  api:\n    build: .\n    environment: [DB_HOST=db, CACHE_SERVERS=cache]\n  db: {image: x/db}\n  cache: {image: redis}\n", tmp_path
        )
        assert kinds(project)["api", "db"] == "named"
        assert kinds(project)["api", "cache"] == "named"

    def test_kinds_users_and_names_of_databases_are_no_hosts(self, tmp_path: Path) -> None:
        environment = "[DB_TYPE=postgres, DB_USER=postgres, DB_NAME=postgres, DB_CONNECTION=mysql, CACHE_BACKEND=redis, IMAGE=redis:7, DB_HOST=mysql]"
        text = (
            f"services:\n  api:\n    build: .\n    environment: {environment}\n  postgres: {{image: 'postgres:16'}}\n"
            f"  mysql: {{image: 'mysql:8'}}\n  redis: {{image: 'redis:7'}}\n"
        )
        named = [target for (source, target), kind in kinds(project_of(text, tmp_path)).items() if source == "api" and kind == "named"]
        assert named == ["mysql"]

    def test_a_name_inside_a_longer_word_is_no_host(self, tmp_path: Path) -> None:
        text = (
            "services:\n  api:\n    build: .\n    environment: {URL: 'http://webapi:80/web', PATH_TO: /srv/web}\n"
            "    depends_on: [other]\n  web: {build: ./web, ports: [80]}\n  other: {build: x}\n"
        )
        assert kinds(project_of(text, tmp_path)).get(("api", "web")) in (None, "assumed")

    def test_who_may_call_is_not_who_is_called(self, tmp_path: Path) -> None:
        text = (
            "services:\n  api:\n    build: .\n    environment: {CORS_ORIGINS: 'http://web:3000'}\n    depends_on: [db]\n"
            "  web: {build: ./web, ports: [80]}\n  db: {image: postgres}\n"
        )
        assert kinds(project_of(text, tmp_path)).get(("api", "web")) in (None, "assumed")

    def test_a_database_with_everybodys_env_file_calls_nobody(self, tmp_path: Path) -> None:
        text = "services:\n  api: {build: ., env_file: .env}\n  db: {image: postgres, env_file: .env}\n  cache: {image: redis}\n"
        found = kinds(project_of(text, tmp_path, _dot_env="DB_HOST=db\nREDIS_URL=redis://cache:6379\n"))
        assert found["api", "cache"] == "named"
        assert ("db", "cache") not in found

    def test_aliases_container_names_and_tasks_are_names_too(self, tmp_path: Path) -> None:
        text = (
            "services:\n"
            "  api:\n    build: .\n    environment: {A: 'http://store:1234', B: 'http://shop_queue:1234', C: 'http://tasks.web:80'}\n"
            "  db:\n    image: x/y\n    networks: {default: {aliases: [store]}}\n"
            "  queue: {image: x/z, container_name: shop_queue}\n  web: {image: x/web}\n"
        )
        found = kinds(project_of(text, tmp_path))
        assert [found["api", target] for target in ("db", "queue", "web")] == ["named"] * 3

    def test_a_name_in_another_network_reaches_nobody(self, tmp_path: Path) -> None:
        text = "services:\n  api: {build: ., networks: [a], environment: {DB_HOST: db}}\n  db: {image: postgres, networks: [b]}\nnetworks: {a: {}, b: {}}\n"
        assert ("api", "db") not in kinds(project_of(text, tmp_path))

    def test_no_value_is_in_the_evidence(self, tmp_path: Path) -> None:
        text = "services:\n  api:\n    build: .\n    environment: {DATABASE_URL: 'postgres://u:hunter2@db/shop'}\n  db: {image: postgres}\n"
        assert "hunter2" not in repr(needed_connections(project_of(text, tmp_path)))


class TestNamedElsewhere:
    def test_in_a_command(self, tmp_path: Path) -> None:
        project = project_of("services:\n  app: {build: ., command: ['./wait-for', 'db:5432', '--', 'run']}\n  db: {image: postgres}\n", tmp_path)
        assert reasons(project)["app", "db"][0].text == "command"

    def test_a_label_speaks_for_the_proxy_that_reads_it(self, tmp_path: Path) -> None:
        label = "traefik.http.middlewares.auth.forwardauth.address"
        text = (
            f"services:\n  proxy: {{image: traefik}}\n  web:\n    image: x/web\n"
            f"    labels: {{{label}: 'http://auth:9091/verify'}}\n  auth: {{image: authelia/authelia}}\n"
        )
        found = reasons(project_of(text, tmp_path))
        assert found["proxy", "auth"][0].text == label
        assert found["proxy", "web"][0].kind is EvidenceKind.HABITUAL

    def test_a_resolver_with_a_fixed_address(self, tmp_path: Path) -> None:
        text = (
            "services:\n  app: {image: x/a, dns: [10.9.0.53]}\n  resolver: {image: x/dns, networks: {default: {ipv4_address: 10.9.0.53}}}\n"
            "networks: {default: {ipam: {config: [{subnet: 10.9.0.0/24}]}}}\n"
        )
        assert reasons(project_of(text, tmp_path))["app", "resolver"][0].text == "dns"

    def test_a_healthcheck_of_ones_own_is_no_connection(self, tmp_path: Path) -> None:
        text = "services:\n  web: {build: ., depends_on: [db], healthcheck: {test: curl http://web:80}}\n  db: {image: postgres}\n"
        assert set(kinds(project_of(text, tmp_path))) == {("web", "db")}


class TestMountedConfiguration:
    TEXT = (
        "services:\n  proxy:\n    image: nginx\n    ports: ['80:80']\n    volumes: [{volume}]\n"
        "  web: {{build: ./web, depends_on: [db]}}\n  db: {{image: postgres}}\n"
    )

    def test_a_file_of_the_project_is_read(self, tmp_path: Path) -> None:
        project = project_of(
            self.TEXT.format(volume="./nginx.conf:/etc/nginx/nginx.conf:ro"),
            tmp_path,
            nginx_dot_conf="server {\n  location / {\n    proxy_pass http://web:3000;\n  }\n}\n",
        )
        (evidence,) = reasons(project)["proxy", "web"]
        assert (evidence.kind, evidence.text) == (EvidenceKind.CONFIGURED, "nginx.conf")
        assert isinstance(evidence.where, Span)
        assert (evidence.where.line, evidence.where.column) == (3, 23)

    def test_a_folder_is_searched_for_configuration(self, tmp_path: Path) -> None:
        project = project_of(
            self.TEXT.format(volume="./conf:/etc/nginx/conf.d"), tmp_path, conf__site_dot_conf="proxy_pass http://web;\n", conf__notes_dot_md="http://db:5432\n"
        )
        assert kinds(project)["proxy", "web"] == "configured"
        assert ("proxy", "db") not in kinds(project)

    def test_a_link_out_of_the_project_is_not_followed(self, tmp_path: Path) -> None:
        (tmp_path / "outside.conf").write_text("proxy_pass http://db:5432;\n")
        (tmp_path / "shop" / "conf").mkdir(parents=True)
        (tmp_path / "shop" / "conf" / "link.conf").symlink_to(tmp_path / "outside.conf")
        project = project_of(self.TEXT.format(volume="./conf:/etc/nginx/conf.d"), tmp_path, conf__own_dot_conf="proxy_pass http://web;\n")
        assert ("proxy", "db") not in kinds(project)

    def test_what_is_large_or_binary_is_left_alone(self, tmp_path: Path) -> None:
        large = "proxy_pass http://db:5432;\n" * 10_000
        project = project_of(
            self.TEXT.format(volume="./conf:/etc/nginx/conf.d"), tmp_path, conf__a_dot_conf=large, conf__b_dot_conf="\0proxy_pass http://db:5432;\n"
        )
        assert kinds(project).get(("proxy", "db")) != "configured"


class TestDeclared:
    def test_depends_on_alone_only_orders(self, tmp_path: Path) -> None:
        project = project_of("services:\n  app: {build: ., depends_on: [db]}\n  db: {image: postgres}\n", tmp_path)
        assert kinds(project) == {("app", "db"): "ordered"}

    def test_depends_on_with_something_else_is_declared(self, tmp_path: Path) -> None:
        project = project_of("services:\n  app: {build: ., depends_on: [db], environment: {DB_HOST: db}}\n  db: {image: postgres}\n", tmp_path)
        assert [one.kind.value for one in reasons(project)["app", "db"]] == ["named", "declared"]

    def test_waiting_for_the_end_of_a_job_needs_no_connection(self, tmp_path: Path) -> None:
        text = "services:\n  app: {build: ., depends_on: {migrate: {condition: service_completed_successfully}, db: {condition: service_started}}}\n"
        text += "  migrate: {build: ., depends_on: [db]}\n  db: {image: postgres}\n"
        assert set(kinds(project_of(text, tmp_path))) == {("app", "db"), ("migrate", "db")}

    def test_links_and_shared_namespaces(self, tmp_path: Path) -> None:
        project = project_of(
            "services:\n  app: {image: x/a, links: ['db:store']}\n  side: {image: x/s, network_mode: 'service:app'}\n  db: {image: postgres}\n", tmp_path
        )
        assert (kinds(project)["app", "db"], kinds(project)["side", "app"]) == ("declared", "declared")


class TestHabits:
    def test_a_proxy_that_looks_for_labels(self, tmp_path: Path) -> None:
        text = (
            "services:\n  proxy: {image: 'traefik:v3'}\n  web: {image: x/web, labels: ['traefik.enable=true']}\n"
            "  off: {image: x/off, labels: ['traefik.enable=false'], depends_on: [web]}\n"
        )
        found = kinds(project_of(text, tmp_path))
        assert found["proxy", "web"] == "habitual"
        assert ("proxy", "off") not in found

    def test_a_proxy_that_looks_for_variables(self, tmp_path: Path) -> None:
        text = "services:\n  proxy: {image: nginxproxy/nginx-proxy}\n  web: {image: x/web, environment: {VIRTUAL_HOST: shop.example}}\n"
        assert kinds(project_of(text, tmp_path))["proxy", "web"] == "habitual"

    def test_a_console_works_with_the_databases_it_understands(self, tmp_path: Path) -> None:
        text = (
            "services:\n  adminer: {image: adminer}\n  pgadmin: {image: dpage/pgadmin4}\n  pg: {image: postgres}\n"
            "  my: {image: mysql}\n  cache: {image: redis}\n  app: {build: ., depends_on: [pg, my, cache]}\n"
        )
        found = kinds(project_of(text, tmp_path))
        assert {target for source, target in found if source == "adminer"} == {"pg", "my"}
        assert {target for source, target in found if source == "pgadmin"} == {"pg"}

    def test_prometheus_scrapes_exporters(self, tmp_path: Path) -> None:
        text = "services:\n  prometheus: {image: prom/prometheus}\n  node: {image: prom/node-exporter}\n  disk-exporter: {image: x/y, depends_on: [node]}\n"
        assert {("prometheus", "node"), ("prometheus", "disk-exporter")} <= set(kinds(project_of(text, tmp_path)))

    def test_a_worker_needs_what_its_sibling_needs(self, tmp_path: Path) -> None:
        text = (
            "services:\n  web: {image: 'shop/app:1', environment: {DB_HOST: db}, depends_on: [cache]}\n"
            "  worker: {image: 'shop/app:1', command: work, depends_on: [web]}\n  db: {image: postgres}\n"
            "  cache: {image: redis}\n"
        )
        found = kinds(project_of(text, tmp_path))
        assert (found["worker", "db"], found["worker", "cache"]) == ("habitual", "habitual")

    def test_a_worker_that_calls_its_application_needs_the_databases_all_the_same(self, tmp_path: Path) -> None:
        text = (
            "services:\n  app: {image: 'shop/app:1', environment: {DB_HOST: db}, ports: ['80:80']}\n"
            "  sidekiq: {image: 'shop/app:1', environment: {APP_HOST: app}}\n  db: {image: postgres}\n"
        )
        assert kinds(project_of(text, tmp_path))["sidekiq", "db"] == "habitual"

    def test_a_worker_takes_its_work_from_a_queue(self, tmp_path: Path) -> None:
        text = "services:\n  worker: {image: x/worker, environment: {DB_HOST: db}}\n  redis: {image: redis}\n  db: {image: postgres}\n"
        assert kinds(project_of(text, tmp_path))["worker", "redis"] == "habitual"

    def test_a_front_of_the_same_image_does_not(self, tmp_path: Path) -> None:
        text = (
            "services:\n  front: {image: 'shop/app:1', environment: {BACKEND: 'back:8000'}, ports: ['80:80']}\n"
            "  back: {image: 'shop/app:1', environment: {DB_HOST: db}}\n  db: {image: postgres}\n"
        )
        assert ("front", "db") not in kinds(project_of(text, tmp_path))

    def test_a_database_named_after_its_application(self, tmp_path: Path) -> None:
        text = "services:\n  orders: {image: x/orders}\n  orders-db: {image: mongo}\n  carts: {image: x/carts}\n  carts-db: {image: mongo}\n"
        found = kinds(project_of(text, tmp_path))
        assert (found["orders", "orders-db"], found["carts", "carts-db"]) == ("habitual", "habitual")
        assert found.get(("orders", "carts-db")) != "habitual"

    def test_a_network_for_two_was_made_for_these_two(self, tmp_path: Path) -> None:
        text = (
            "services:\n  proxy: {image: x/proxy, ports: ['80:80'], networks: [front]}\n  app: {image: x/app, networks: [front, back]}\n"
            "  db: {image: postgres, networks: [back]}\n"
            "networks: {front: {}, back: {}}\n"
        )
        assert kinds(project_of(text, tmp_path)) == {("proxy", "app"): "habitual", ("app", "db"): "habitual"}

    def test_a_shared_cookie_makes_a_cluster_of_services_with_other_names(self, tmp_path: Path) -> None:
        text = (
            "services:\n  stats: {image: 'bitnami/rabbitmq', environment: {RABBITMQ_ERL_COOKIE: c1}}\n"
            "  disc: {image: 'bitnami/rabbitmq', environment: {RABBITMQ_ERL_COOKIE: c1}}\n"
            "  alone: {image: 'bitnami/rabbitmq', environment: {RABBITMQ_ERL_COOKIE: c2}}\n"
        )
        assert kinds(project_of(text, tmp_path)) == {("stats", "disc"): "habitual", ("disc", "stats"): "habitual"}

    def test_so_do_a_clusters_name_and_the_name_of_a_replica_set(self, tmp_path: Path) -> None:
        text = (
            "services:\n  hot: {image: elasticsearch, environment: {cluster.name: logs}}\n  cold: {image: elasticsearch, environment: [cluster.name=logs]}\n"
            "  north: {image: mongo, command: [mongod, --replSet, rs0]}\n  south: {image: mongo, command: mongod --replSet=rs0 --bind_ip_all}\n"
            "  kept: {image: mongo, command: mongod}\n"
        )
        found = {pair for pair, kind in kinds(project_of(text, tmp_path)).items() if kind == "habitual"}
        assert found == {("hot", "cold"), ("cold", "hot"), ("north", "south"), ("south", "north")}

    def test_a_switch_that_is_the_same_everywhere_makes_none(self, tmp_path: Path) -> None:
        text = "services:\n  a: {image: redis, environment: {REDIS_CLUSTER_NAME: 'yes'}}\n  b: {image: redis, environment: {REDIS_CLUSTER_NAME: 'yes'}}\n"
        assert kinds(project_of(text, tmp_path)) == {}

    def test_members_of_a_cluster_talk_both_ways(self, tmp_path: Path) -> None:
        text = "services:\n  es01: {image: elasticsearch}\n  es02: {image: elasticsearch}\n  app: {build: ., environment: {ES_URL: 'http://es01:9200'}}\n"
        found = kinds(project_of(text, tmp_path))
        assert {("es01", "es02"), ("es02", "es01")} <= set(found)


class TestAssumptions:
    def test_an_unknown_service_may_need_and_be_needed(self, tmp_path: Path) -> None:
        text = "services:\n  a: {image: x/a}\n  b: {image: x/b}\n  db: {image: postgres}\n"
        assert kinds(project_of(text, tmp_path)) == {pair: "assumed" for pair in (("a", "b"), ("b", "a"), ("a", "db"), ("b", "db"))}

    def test_a_service_of_which_something_is_known_is_not_opened_up(self, tmp_path: Path) -> None:
        text = (
            "services:\n  web: {build: ./web, ports: ['80:80'], environment: {API: 'http://api:8000'}}\n"
            "  api: {build: ./api, environment: {DB_HOST: db}}\n  db: {image: postgres}\n"
        )
        assert kinds(project_of(text, tmp_path)) == {("web", "api"): "named", ("api", "db"): "named"}

    def test_a_database_that_nobody_names_is_there_for_somebody(self, tmp_path: Path) -> None:
        text = "services:\n  proxy: {image: nginx, ports: ['80:80'], depends_on: [web]}\n  web: {build: ./web}\n  redis: {image: redis}\n"
        found = kinds(project_of(text, tmp_path))
        assert found["web", "redis"] == "assumed"
        assert ("proxy", "redis") not in found

    def test_a_proxy_whose_configuration_is_elsewhere_may_forward_to_all_but_databases(self, tmp_path: Path) -> None:
        text = "services:\n  proxy: {image: nginx, ports: ['80:80']}\n  web: {build: ./web, environment: {DB_HOST: db}}\n  db: {image: postgres}\n"
        found = kinds(project_of(text, tmp_path))
        assert found["proxy", "web"] == "assumed"
        assert ("proxy", "db") not in found

    def test_connections_that_are_set_up_in_screens(self, tmp_path: Path) -> None:
        text = "services:\n  sonarr: {image: linuxserver/sonarr}\n  torrent: {image: linuxserver/qbittorrent}\n"
        assert kinds(project_of(text, tmp_path))["sonarr", "torrent"] == "assumed"

    def test_a_database_never_starts_a_connection(self, tmp_path: Path) -> None:
        text = "services:\n  a: {image: x/a}\n  db: {image: postgres, depends_on: [a]}\n"
        assert set(kinds(project_of(text, tmp_path))) == {("a", "db")}

    def test_a_server_that_nobody_names_is_there_for_somebody_too(self, tmp_path: Path) -> None:
        text = "services:\n  app: {build: ., depends_on: [db]}\n  gotenberg: {image: gotenberg/gotenberg}\n  db: {image: postgres}\n"
        assert kinds(project_of(text, tmp_path)) == {("app", "db"): "ordered", ("app", "gotenberg"): "assumed"}

    def test_a_proxy_whose_file_is_made_on_the_server_may_forward_to_more_than_it_depends_on(self, tmp_path: Path) -> None:
        text = "services:\n  proxy: {image: nginx, volumes: ['./nginx.conf:/etc/nginx/nginx.conf'], depends_on: [web]}\n"
        text += "  web: {image: x/web, depends_on: [db]}\n  chat: {image: x/chat, depends_on: [db]}\n  db: {image: postgres}\n"
        assert kinds(project_of(text, tmp_path))["proxy", "chat"] == "assumed"

    def test_but_not_where_its_file_can_be_read(self, tmp_path: Path) -> None:
        text = "services:\n  proxy: {image: nginx, volumes: ['./nginx.conf:/etc/nginx/nginx.conf']}\n"
        text += "  web: {image: x/web, depends_on: [db]}\n  cron: {image: x/web, depends_on: [db]}\n  db: {image: postgres}\n"
        found = kinds(project_of(text, tmp_path, nginx_dot_conf="proxy_pass http://web;\n"))
        assert found["proxy", "web"] == "configured"
        assert ("proxy", "cron") not in found
