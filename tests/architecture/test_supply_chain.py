"""What runs with the product: locked by hash, required where it is imported, under licences that fit."""

from __future__ import annotations

import json
import re
import sys
from importlib import import_module
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from annotate_app.cli import main
from annotate_app.services import licences as service
from annotate_app.services.licences import kind_of
from annotate_app.services.packages import KNOWN_BAD

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
dependencies = import_module("list_dependencies")

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-server.lock")
PINNED = re.compile(r"[a-z0-9][a-z0-9._-]*==[^\s;]+( ; .+)?")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def entries(lock: str) -> list[list[str]]:
    """Each requirement of a lock with its hashes, as the lines continue one another."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", "\0")
    return [[part.strip() for part in line.split("\0")] for line in text.splitlines() if line.strip()]


def pins(lock: str) -> dict[str, str]:
    return {name: release for one in entries(lock) for name, release in [one[0].split(" ")[0].split("==")]}


def test_a_server_runs_the_releases_that_were_tested_and_nothing_under_copyleft() -> None:
    server, tested = pins("requirements-server.lock"), pins("requirements-dev.lock")
    assert {name: tested.get(name) for name in server} == server
    assert {"psycopg", "authlib", "duckdb"} <= set(server)
    assert "krippendorff" not in server


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_holds_a_release_that_is_known_to_be_bad(lock: str) -> None:
    found = pins(lock)
    assert "litellm" in found
    assert not [name for name, releases in KNOWN_BAD.items() if found.get(name) in releases]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_a_lock_is_one_release_with_its_hashes_and_no_address(lock: str) -> None:
    found = entries(lock)
    assert len(found) > 80
    for pinned, *hashes in found:
        assert PINNED.fullmatch(pinned), pinned
        assert hashes, pinned
        assert all(HASH.fullmatch(one) for one in hashes), pinned
    assert "://" not in (ROOT / lock).read_text(encoding="utf-8")


def test_the_lock_holds_every_requirement_in_a_release_that_fits() -> None:
    pinned = {
        canonicalize_name(e[0].split("==")[0]): e[0].split("==")[1].split(" ")[0] for e in entries(LOCKS[0])
    }
    core = [one for text in requires("calibrant") or [] if (one := Requirement(text)).marker is None]
    assert len(core) > 10
    assert not [str(one) for one in core if not one.specifier.contains(pinned[canonicalize_name(one.name)])]


def test_what_is_required_is_imported_and_what_is_imported_is_required() -> None:
    found = set(dependencies.imported())
    core, extras = dependencies.required()
    assert not (core | extras) - found - set(dependencies.OTHERWISE)
    assert not found - core - extras - dependencies.NOT_REQUIRED - set(dependencies.COMES_WITH)
    assert dependencies.main() == 0


@pytest.mark.parametrize("name", dependencies.OTHERWISE)
def test_what_no_statement_imports_is_asked_for_by_name(name: str) -> None:
    path, word = dependencies.OTHERWISE[name]
    assert word in (ROOT / path).read_text(encoding="utf-8").lower()


@pytest.mark.parametrize(("name", "of"), dependencies.COMES_WITH.items())
def test_what_comes_with_another_package_is_required_by_it(name: str, of: str) -> None:
    assert name in {canonicalize_name(Requirement(text).name) for text in requires(of) or []}


@pytest.mark.parametrize(
    ("stated", "kind"),
    [
        ("MIT", "permissive"),
        ("BSD License", "permissive"),
        ("Apache-2.0 OR BSD-2-Clause", "permissive"),
        ("GPL-3.0-or-later OR MIT", "permissive"),  # whoever passes it on may choose
        ("MIT AND GPL-3.0-or-later", "copyleft"),  # both bind
        ("MPL-2.0 AND MIT", "weak copyleft"),
        ("LGPL-3.0-only", "weak copyleft"),
        ("GNU General Public License v3 (GPLv3)", "copyleft"),
        ("AGPL-3.0", "copyleft"),
        ("GNU Lesser General Public License v2 (LGPLv2)", "weak copyleft"),
        ("All rights reserved", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_licence_is_told_by_what_it_asks(stated: str, kind: str) -> None:
    assert kind_of(stated) == kind


def test_the_core_brings_nothing_under_copyleft(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["licences", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    by_name = {one["name"]: one for one in told["packages"]}
    assert told["refused"] == []
    assert by_name["numpy"]["brought_by"][0] == "core"
    # The oracle of `calibrant verify` is the reason that the extra is one.
    assert (by_name["krippendorff"]["kind"], by_name["krippendorff"]["brought_by"]) == (
        "copyleft",
        ["verify"],
    )


def test_copyleft_in_the_core_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = service._stated
    monkeypatch.setattr(service, "_stated", lambda name: "GPL-3.0" if name == "rich" else real(name))
    assert main(["licences"]) == 2
    assert "refused: rich is part of the core and copyleft: GPL-3.0" in capsys.readouterr().out
