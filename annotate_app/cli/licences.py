"""`calibrant licences`: what runs with Calibrant, under which licence, and which extra brings it."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, NEGATIVE_FINDING, Command

if TYPE_CHECKING:
    from annotate_app.services.licences import Licence


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run_licences(args: argparse.Namespace) -> int:
    """0: the core brings nothing under copyleft or under what nobody knows. 2: it does."""
    from annotate_app.services.licences import licences

    found = licences()
    refused = [one for one in found if one.refused]
    if args.json:
        told = {
            "schema": "calibrant/licences/1", "refused": [one.name for one in refused],
            "packages": [one.as_json() for one in found],
        }  # fmt: skip
        print(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _print(found, refused)
    return NEGATIVE_FINDING if refused else DONE


def _print(found: tuple[Licence, ...], refused: list[Licence]) -> None:
    wide = max(len(f"{one.name} {one.version}") for one in found)
    for one in found:
        mark = "" if one.kind == "permissive" else f"  [{one.kind}]"
        by = "" if one.in_core else f"  (extra {', '.join(one.extras)})"
        print(f"{one.name + ' ' + one.version:{wide}}  {one.licence}{mark}{by}")
    core = sum(one.in_core for one in found)
    print(f"{len(found)} packages, {core} of the core; Calibrant itself: Apache-2.0")
    for one in refused:
        print(f"refused: {one.name} is part of the core and {one.kind}: {one.licence}")


COMMANDS: list[Command] = [
    Command("licences", "list what runs with Calibrant, and under which licence", _arguments, run_licences),
]
