"""The files for a proxy, a service and a container say what the server needs, and name what there is."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from annotate_app.cli import build_parser
from annotate_app.study_file import RetentionSection

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
CONTAINER = (EXAMPLES / "container" / "Containerfile").read_text(encoding="utf-8")
UNIT = (EXAMPLES / "systemd" / "calibrant.service").read_text(encoding="utf-8")
NGINX = (EXAMPLES / "proxy" / "nginx.conf").read_text(encoding="utf-8")
CADDY = (EXAMPLES / "proxy" / "Caddyfile").read_text(encoding="utf-8")


def commands() -> list[list[str]]:
    """The commands that the unit and the container run, without the program."""
    of_unit = [line.split()[1:] for line in UNIT.splitlines() if re.match(r"ExecStart(Pre)?=", line)]
    [of_container] = re.findall(r"^CMD \[(.*)\]$", CONTAINER, flags=re.MULTILINE)
    return [*of_unit, re.findall(r'"([^"]*)"', of_container)]


@pytest.mark.parametrize("words", commands(), ids=lambda words: words[0])
def test_the_commands_of_the_examples_are_ones_that_there_are(words: list[str]) -> None:
    args = build_parser().parse_args(words)
    assert args.run is not None


def test_what_the_container_copies_is_there() -> None:
    copied = [line.split()[1:-1] for line in CONTAINER.splitlines() if re.match(r"COPY (?!--from)", line)]
    paths = [path for found in copied for path in found]
    assert len(paths) >= 7
    assert not [path for path in paths if not (ROOT / path).exists()]


def test_the_container_installs_by_hash_and_runs_without_rights() -> None:
    assert "--require-hashes -r requirements-server.lock" in CONTAINER
    assert CONTAINER.index("\nUSER calibrant") < CONTAINER.index("\nENTRYPOINT")
    assert "/api/health/ready" in CONTAINER


@pytest.mark.parametrize(
    "words",
    [
        "proxy_http_version 1.1;",
        "proxy_set_header Upgrade $http_upgrade;",
        "proxy_set_header Host $http_host;",
        "proxy_set_header X-Forwarded-For $remote_addr;",
        "proxy_set_header X-Request-ID $request_id;",
        "hash $remote_addr consistent;",
    ],
)
def test_the_nginx_file_says_what_pages_and_logs_need(words: str) -> None:
    assert words in NGINX


def test_neither_proxy_logs_the_secret_of_an_invitation() -> None:
    [logged] = re.findall(r"log_format calibrant (.*?);", NGINX, flags=re.DOTALL)
    assert "$uri" in logged
    assert not set(re.findall(r"\$\w+", logged)) & {"$request", "$request_uri", "$args", "$http_referer"}
    assert "delete token" in CADDY


def test_nginx_reads_the_file(tmp_path: Path) -> None:
    nginx, openssl = shutil.which("nginx"), shutil.which("openssl")
    if nginx is None or openssl is None:
        pytest.skip("nginx or openssl is not installed here")
    key, certificate, whole = tmp_path / "key.pem", tmp_path / "cert.pem", tmp_path / "nginx.conf"
    made = f"req -x509 -newkey rsa:2048 -nodes -keyout {key} -out {certificate} -days 1 -subj /CN=localhost"
    subprocess.run([openssl, *made.split()], check=True, capture_output=True)
    site = NGINX.replace("/etc/ssl/calibrant.pem", str(certificate))
    site = site.replace("/etc/ssl/calibrant.key", str(key))
    site = site.replace("/var/log/nginx/calibrant.log", str(tmp_path / "access.log"))
    head = f"pid {tmp_path}/pid;\nerror_log {tmp_path}/error.log;\nevents {{}}\n"
    whole.write_text(f"{head}http {{\n{site}\n}}\n", encoding="utf-8")
    command = [nginx, "-t", "-p", str(tmp_path), "-c", str(whole)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_the_operations_page_names_every_time_of_retention() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert not [name for name in RetentionSection.model_fields if f"{name} = " not in text]
