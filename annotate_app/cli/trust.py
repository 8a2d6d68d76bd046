"""`calibrant certify` and `vault`: looks at held-out labels."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annotate_app.cli.command import DONE, NEGATIVE_FINDING, Command, CommandFailed
from annotate_app.cli.gate import criterion_argument, study_argument
from annotate_app.cli.opening import open_study
from annotate_app.cli.staged import print_plan_under_way, print_stage, take_stages

if TYPE_CHECKING:
    from annotate_app.desk import Desk
    from annotate_app.services.certifying import LookResult, Plan
    from annotate_app.services.vault import VaultStatus
    from calibration.certificate import Certificate


def _certify_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("judge", nargs="?", metavar="JUDGE")
    parser.add_argument("--by", metavar="NAME", help="who takes the look (your login name)")
    parser.add_argument("--plan", action="store_true", help="print what the next look would be; take none")
    parser.add_argument("--whole", action="store_true", help="after void stages: take a look without stages")
    parser.add_argument("--check", type=Path, metavar="FILE", help="recompute a certificate from the store")
    criterion_argument(parser)
    study_argument(parser)


def run_certify(args: argparse.Namespace) -> int:
    """Take one look at the held-out evidence of a judge, or recompute a certificate."""
    from annotate_app.services.certifying import CannotCertify

    if args.judge is None and args.check is None:
        raise CommandFailed("name the judge to certify, or a certificate with --check FILE")
    try:
        return _check(args) if args.check is not None else _look(args)
    except CannotCertify as error:
        raise CommandFailed(str(error)) from error


def _check(args: argparse.Namespace) -> int:
    from annotate_app.services.recomputing import check_certificate
    from calibration.gate_report import table

    decision = check_certificate(open_study(args), args.check, role=args.role)
    print(json.dumps(decision.as_json(), indent=2) if args.json else table(decision, good="recomputed"))
    return DONE if decision.trusted and _outcome(args.check) == "trusted" else NEGATIVE_FINDING


def _outcome(certificate: Path) -> str:
    """What an intact certificate says; recomputing an undecided one is no reason for a green pipeline."""
    from calibration.certificate import read_certificate

    outcome = read_certificate(certificate.read_text(encoding="utf-8")).outcome
    if outcome != "trusted":
        print(f"calibrant: the certificate is what it was, and its outcome is: {outcome}", file=sys.stderr)
    return outcome


def _look(args: argparse.Namespace) -> int:
    from annotate_app.services.certifying import certify, plan_look
    from annotate_app.services.reviewing import review_of
    from annotate_app.services.role_notes import both_roles

    desk, criteria = open_study(args), tuple(args.criterion)
    for warning in (*review_of(desk).warnings, *both_roles(desk)):
        print(f"calibrant: {warning}", file=sys.stderr)
    if args.plan and print_plan_under_way(desk, args):
        return DONE
    if args.plan:
        _print_plan(plan_look(desk, args.judge, criteria=criteria, role=args.role), as_json=args.json)
        return DONE
    by = args.by or getpass.getuser()
    staged = take_stages(desk, args, by)
    if staged is not None and staged.look is None:
        print_stage(staged, as_json=args.json)
        return NEGATIVE_FINDING
    result = staged.look if staged is not None else _restored(desk, args)
    if result is None:
        announce = None if args.json else _announce
        result = certify(
            desk, args.judge, by=by, criteria=criteria, announce=announce, unstaged=args.whole, role=args.role
        )
    print(json.dumps(_look_json(result), indent=2) if args.json else _look_text(result))
    return DONE if result.trusted else NEGATIVE_FINDING


def _restored(desk: Desk, args: argparse.Namespace) -> LookResult | None:
    """The last look, if it was cut off before its certificate was written."""
    from annotate_app.services.restoring import restore

    result = restore(desk, args.judge, tuple(args.criterion), role=args.role)
    if result is not None:
        print(
            f"calibrant: the certificate of look {result.plan.k} had not been written; now it is, and no new "
            "look was taken: run this again for one",
            file=sys.stderr,
        )
    return result


def _announce(plan: Plan) -> None:
    _print_plan(plan, as_json=False)


def _print_plan(plan: Plan, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(plan.as_json(), indent=2))
        return
    print(
        f"Look {plan.k} at the held-out labels for {plan.judge} on {', '.join(plan.criteria)}, "
        f"at alpha {plan.alpha:.4f}. It has {plan.has} labelled items and needs about {plan.needs}.",
        flush=True,
    )
    for missing in plan.open:
        print(f"  before it can end in trusted  {missing}", flush=True)


def _look_json(result: LookResult) -> dict[str, object]:
    from calibration.outcome_words import in_words

    return {
        "schema": "calibrant/look/1",
        "judge": result.plan.judge,
        "outcome": result.certificate.outcome,
        "failed": list(result.failed),
        "labels_needed": result.certificate.looks.labels_needed,
        "estimates": result.certificate.estimates,
        "in_words": in_words(result.certificate).as_json(),
        "look": result.plan.as_json(),
        "certificate": str(result.path),
        "stages": None if (stages := result.certificate.stages) is None else stages.model_dump(mode="json"),
    }


def _look_text(result: LookResult) -> str:
    certificate = result.certificate
    lines = [f"{result.plan.judge}: {certificate.outcome}"]
    lines += [f"  failed  {name}" for name in result.failed]
    for criterion, estimates in certificate.estimates.items():
        lines += [
            f"  {criterion}  {name}  {estimate_text(e)}"
            for name, e in estimates.items()
            if _asked(result, name)
        ]
    lines += _acceptance(certificate)
    if (stages := certificate.stages) is not None:
        lines.append(
            f"  ended at stage {stages.stage} of {len(stages.sizes)}: {stages.used} of {stages.items} items "
            f"were needed, {stages.saved} saved (on average {stages.expected_saved:g}, for a judge that the "
            "plan trusts with power .8)"
        )
    lines += _explained(certificate)
    lines.append(f"Written to {result.path}; entered in the ledger as look {result.plan.k}.")
    return "\n".join(lines)


def _explained(certificate: Certificate) -> list[str]:
    """The outcome for readers without statistics."""
    from calibration.outcome_words import in_words

    words = in_words(certificate)
    parts = {"What was asked": words.asked, "What was found": words.found, "What to do next": words.next}
    lines = [line for head, said in parts.items() for line in ("", head, *(f"  {one}" for one in said))]
    return [*lines, ""]


def _acceptance(certificate: Certificate) -> list[str]:
    """What may stand without a person, for each criterion whose policy asks."""
    from calibration.gate_report import acceptance, no_acceptance

    if certificate.outcome != "trusted" or certificate.policy is None:
        return []
    found = certificate.threshold or {}
    wanted = certificate.policy["criteria"]
    return [
        f"  {name}: {acceptance(found[name]) if name in found else no_acceptance(level)}"
        for name in certificate.criteria
        if (level := wanted.get(name, {}).get("accept_agreement")) is not None
    ]


def _asked(result: LookResult, name: str) -> bool:
    """Of a trusted look the estimates that conditions are about; of any other, all that may be shown."""
    from calibration.policy import EVIDENCE

    asked = {c.name for c in result.certificate.conditions} - {*EVIDENCE}
    return not result.trusted or name in asked


def estimate_text(estimate: dict[str, Any]) -> str:
    if "undefined" in estimate or estimate.get("low") is None:
        return str(estimate.get("undefined") or f"{_digits(estimate['value'])}, no interval")
    interval = f"[{_digits(estimate['low'])}, {_digits(estimate['high'])}] at level {estimate['level']:.3f}"
    return f"{_digits(estimate['value'])} {interval}"


def _digits(number: float) -> str:
    """Three decimals; of a small number, such as a price, three digits."""
    return f"{number:.3g}" if 0 < abs(number) < 0.01 else f"{number:.3f}"


def _status_arguments(parser: argparse.ArgumentParser) -> None:
    study_argument(parser)


def run_vault_status(args: argparse.Namespace) -> int:
    """Looks so far, and what the next one may spend."""
    from annotate_app.services.vault import vault_status

    _print_vault(vault_status(open_study(args), role=args.role), as_json=args.json)
    return DONE


def _open_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", required=True, metavar="TEXT", help="goes into the journal")
    parser.add_argument("--by", metavar="NAME", help="who opens it (your login name)")
    study_argument(parser)


def run_vault_open(args: argparse.Namespace) -> int:
    """Make the whole held-out set development, for good."""
    from annotate_app.services.certifying import CannotCertify
    from annotate_app.services.vault import open_vault

    try:
        desk = open_study(args)
        by = args.by or getpass.getuser()
        status = open_vault(desk, by=by, reason=args.reason, role=args.role)
    except CannotCertify as error:
        raise CommandFailed(str(error)) from error
    _print_vault(status, as_json=args.json)
    return DONE


def _print_vault(status: VaultStatus, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(status.as_json(), indent=2))
        return
    print(
        f"held out: {status.held_out} items" if status.frozen else "no split is frozen: nothing is held out"
    )
    for look in status.looks:
        who = f"{look.judge}  by {look.by}"
        print(f"look {look.number}  {look.at}  {who}  alpha {look.alpha:.4f}  {look.outcome}")
    for opening in status.openings:
        print(f"opened  {opening.at}  by {opening.by}  after look {opening.looks}: {opening.reason}")
    print(f"The next look is number {status.next_k} at this set, at alpha {status.next_alpha:.4f}.")
    print(status.note)


COMMANDS: list[Command] = [
    Command(
        "certify",
        "test a judge on held-out labels and write its certificate",
        _certify_arguments,
        run_certify,
    ),
    Command("vault status", "list the looks at held-out labels so far", _status_arguments, run_vault_status),
    Command(
        "vault open", "give up the held-out set: it becomes development", _open_arguments, run_vault_open
    ),
]
