"""`calibrant escalate`: which verdicts may stand, and which go to people."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, NEGATIVE_FINDING, Command, CommandFailed

if TYPE_CHECKING:
    from annotate_app.services.escalating import Escalation


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--certificate", type=Path, required=True, metavar="C", help="with a threshold in it")
    parser.add_argument("--verdicts", type=Path, required=True, metavar="V", help="JSON Lines of its judge")
    parser.add_argument("--accepted", type=Path, metavar="A", help="write verdicts that may stand")
    parser.add_argument("--review", type=Path, metavar="R", help="write verdicts for people")
    parser.add_argument("--study", type=Path, metavar="FOLDER", help="ask this study's whole gate before")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """0: split. 2: the certificate does not stand, or the verdicts are another judge's. 1: could not run."""
    from annotate_app.services.escalating import Refused, escalate
    from annotate_app.services.gating import CannotGate

    try:
        found = escalate(
            args.certificate, args.verdicts, accepted=args.accepted, review=args.review, study=args.study
        )
    except CannotGate as error:
        raise CommandFailed(str(error)) from error
    except Refused as refusal:
        print(f"calibrant: refused: {refusal}", file=sys.stderr)
        return NEGATIVE_FINDING
    print(json.dumps(found.as_json(), indent=2) if args.json else _text(found))
    return DONE


def _text(found: Escalation) -> str:
    from calibration.gate_report import acceptance

    total = found.accepted + sum(found.review.values())
    lines = [f"{name}: {acceptance(threshold)}" for name, threshold in found.thresholds.items()]
    if not lines:
        lines = [f"The certificate of {found.judge} has no threshold: every verdict goes to people."]
    lines.append(f"accepted  {found.accepted} of {total}")
    lines += [f"review    {n}  {reason}" for reason, n in found.review.items()]
    return "\n".join(lines)


COMMANDS: list[Command] = [
    Command("escalate", "split verdicts into accepted and to be reviewed by people", _arguments, run),
]
