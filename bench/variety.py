"""A compose file of any size that looks like those that people have: teams of services, each behind its own proxy, all on the default network."""

from __future__ import annotations

from itertools import chain, count, islice
from pathlib import Path

TEAMS = ["orders", "payments", "catalog", "stock", "search", "mail", "reports", "users", "media", "billing"]
NGINX = "server {{\n  listen 80;\n  location / {{ proxy_pass http://{team}-web:3000; }}\n  location /api/ {{ proxy_pass http://{team}-api:8080; }}\n}}\n"
KINDS = {
    "db": """
    image: postgres:17
    environment:
      POSTGRES_USER: {team}
      POSTGRES_PASSWORD: {password}
    ports: ["{other_port}:5432"]
    volumes: ["{team}-data:/var/lib/postgresql/data"]""",
    "cache": """
    image: redis:7-alpine
    command: ["redis-server", "--save", "60", "1"]""",
    "queue": """
    image: rabbitmq:4-management
    environment:
      RABBITMQ_DEFAULT_USER: {team}
      RABBITMQ_DEFAULT_PASS: {password}""",
    "api": """
    image: registry.example/{team}/api:2.4
    restart: unless-stopped
    environment:
      DATABASE_URL: postgres://{team}:{password}@{team}-db:5432/{team}
      REDIS_URL: redis://{team}-cache:6379/1
      AMQP_URL: amqp://{team}:{password}@{team}-queue:5672/
      PARTNER_URL: http://{partner}-api:8080
      LOG_LEVEL: info
    depends_on: [{team}-db, {team}-cache, {team}-queue]
    healthcheck:
      test: ["CMD", "wget", "-q", "-O-", "http://localhost:8080/health"]
      interval: 30s""",
    "web": """
    image: registry.example/{team}/web:2.4
    restart: unless-stopped
    environment:
      API_URL: http://{team}-api:8080
      SESSION_STORE: redis://{team}-cache:6379/0""",
    "gateway": """
    image: nginx:1.27-alpine
    ports: ["{port}:80"]
    volumes: ["./{team}/nginx.conf:/etc/nginx/conf.d/default.conf:ro"]
    environment: {{UPSTREAM: "http://{team}-web:3000"}}
    depends_on: [{team}-web]""",
    "worker": """
    image: registry.example/{team}/api:2.4
    command: ["worker"]
    environment:
      DATABASE_URL: postgres://{team}:{password}@{team}-db:5432/{team}
      AMQP_URL: amqp://{team}:{password}@{team}-queue:5672/
    depends_on: [{team}-queue]""",
    "migrate": """
    image: registry.example/{team}/api:2.4
    command: ["migrate"]
    restart: "no"
    environment: {{DATABASE_URL: "postgres://{team}:{password}@{team}-db:5432/{team}"}}""",
}
"""What a team runs, by the last part of the services' names."""
ALONE = {
    "adminer": """
    image: adminer:4
    ports: ["8090:8080"]
    environment: {ADMINER_DEFAULT_SERVER: orders-db}""",
    "prometheus": """
    image: prom/prometheus:v3.1.0
    ports: ["9090:9090"]
    volumes: ["prometheus:/prometheus"]""",
    "mailhog": """
    image: mailhog/mailhog:v1.0.1
    ports: ["8025:8025"]""",
    "agent": """
    image: portainer/agent:2.21.5
    volumes: ["/var/run/docker.sock:/var/run/docker.sock"]""",
}
"""What there is once."""


def compose(services: int) -> str:
    """A compose file with so many services; the same for the same number."""
    teams = -(-services // len(KINDS))
    alone = [f"  {name}:{text}" for name, text in ALONE.items()]
    lines = ["services:", *islice(chain(alone, (text for number in count() for text in _team(number, teams))), services)]
    return "\n".join([*lines, "volumes:", "  prometheus: {}", *(f"  {_name(number)}-data: {{}}" for number in range(teams))]) + "\n"


def write(folder: Path, services: int) -> Path:
    """The compose file in a folder of its own, with the files that its proxies mount."""
    for number in range(-(-services // len(KINDS))):
        place = folder / _name(number)
        place.mkdir(parents=True)
        (place / "nginx.conf").write_text(NGINX.format(team=_name(number)), encoding="utf-8")
    file = folder / "compose.yaml"
    file.write_text(compose(services), encoding="utf-8")
    return file


def _team(number: int, teams: int) -> list[str]:
    """The services of one team; its api also calls that of the next."""
    words = {"team": _name(number), "partner": _name((number + 1) % teams), "password": f"pass-{number * 7919 % 10_007}-word"}
    ports = {"port": 20_000 + number, "other_port": 30_000 + number}
    return [f"  {words['team']}-{kind}:{text.format(**words, **ports)}" for kind, text in KINDS.items()]


def _name(number: int) -> str:
    return TEAMS[number % len(TEAMS)] + (str(number // len(TEAMS) + 1) if number >= len(TEAMS) else "")
