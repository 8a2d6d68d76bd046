"""`calibrant adjudicate list | show | decide | send-back | undo`: what raters answered differently."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from annotate_app.cli.command import DONE, Command, CommandFailed
from annotate_app.cli.opening import open_study, study_arguments

if TYPE_CHECKING:
    from annotate_app.desk import Desk
    from annotate_app.services.adjudication_values import Dispute, DisputeDetail, GivenAnswer
    from annotate_app.store.adjudication import Record

T = TypeVar("T")
SCHEMA = "calibrant/adjudication/1"
STATES = ("open", "stale", "sent back", "decided")


def _list_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--criterion", metavar="NAME", help="this criterion only")
    parser.add_argument("--state", choices=STATES, help="those alone that stand there")
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="print the first N (50)")
    study_arguments(parser)


def _cell_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("item", metavar="ITEM")
    parser.add_argument("criterion", metavar="CRITERION")
    parser.add_argument(
        "--by", required=True, metavar="NAME", help="who looks: the lead's name, kept on record"
    )
    study_arguments(parser)


def _show_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--names", action="store_true", help="show who answered; that is kept on record")
    _cell_arguments(parser)


def _decide_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--value", required=True, help='the answer; "not applicable" where the rubric has it')
    parser.add_argument("--reason", required=True, metavar="WORDS", help="why")
    parser.add_argument(
        "--labels", metavar="SHA256", help="the labels_sha256 that `show` printed: refuse if they changed"
    )
    _cell_arguments(parser)


def _send_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--note", required=True, metavar="WORDS", help="what the raters should look at again")
    _cell_arguments(parser)


def _undo_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", required=True, metavar="WORDS", help="why it is taken back")
    _cell_arguments(parser)


def run_list(args: argparse.Namespace) -> int:
    """What raters answered differently, what waits first."""
    from annotate_app.services.adjudicating import disputed

    found = _run(args, lambda desk: disputed(desk, role=args.role))
    kept = [
        one for one in found if args.criterion in (None, one.criterion) and args.state in (None, one.state)
    ]
    if args.json:
        print(_json({"total": len(kept), "disputes": [one.as_json() for one in kept[: args.limit]]}))
        return DONE
    for one in kept[: args.limit]:
        print(_line(one))
    rest = len(kept) - args.limit
    print(f"{rest} more: --limit" if rest > 0 else f"{len(kept)} disputed")
    return DONE


def run_show(args: argparse.Namespace) -> int:
    """All answers of one dispute under letters."""
    from annotate_app.services.adjudicating import detail
    from annotate_app.services.deciding import show_names

    def show(desk: Desk) -> DisputeDetail:
        found = detail(desk, args.item, args.criterion, role=args.role, lead=args.by)
        if not args.names or found.names_shown:
            return found
        show_names(desk, args.item, lead=args.by, role=args.role)
        return detail(desk, args.item, args.criterion, role=args.role, lead=args.by)

    found = _run(args, show)
    if args.json:
        print(_json(found.as_json()))
        return DONE
    print(_line(found.dispute))
    for answer in found.answers:
        print(f"  {_given(answer)}")
    for record in found.records:
        print(f"  {_step(record)}")
    print(f"  labels {found.labels_sha256}")
    return DONE


def run_decide(args: argparse.Namespace) -> int:
    """Make an answer the reference."""
    from annotate_app.services.deciding import decide

    return _stepped(
        args,
        lambda desk: decide(
            desk, args.item, args.criterion, args.value, reason=args.reason, lead=args.by, role=args.role,
            seen_sha256=args.labels,
        ),
    )  # fmt: skip


def run_send_back(args: argparse.Namespace) -> int:
    """Ask the raters again."""
    from annotate_app.services.deciding import send_back

    return _stepped(
        args,
        lambda desk: send_back(desk, args.item, args.criterion, note=args.note, lead=args.by, role=args.role),
    )


def run_undo(args: argparse.Namespace) -> int:
    """Take a decision back."""
    from annotate_app.services.deciding import undo

    return _stepped(
        args,
        lambda desk: undo(desk, args.item, args.criterion, reason=args.reason, lead=args.by, role=args.role),
    )


def _stepped(args: argparse.Namespace, act: Callable[[Desk], Record]) -> int:
    from annotate_app.services.adjudication_values import record_json

    record = _run(args, act)
    print(
        _json(record_json(record)) if args.json else f"{record.item_id} {record.criterion}: {_step(record)}"
    )
    return DONE


def _run(args: argparse.Namespace, act: Callable[[Desk], T]) -> T:
    from annotate_app.services.adjudication_values import CannotAdjudicate
    from annotate_app.services.labelling_values import UnknownItem

    desk = open_study(args)
    try:
        return act(desk)
    except (CannotAdjudicate, UnknownItem) as refusal:
        raise CommandFailed(str(refusal.args[0])) from refusal
    finally:
        desk.close()


def _json(content: dict[str, object]) -> str:
    return json.dumps({"schema": SCHEMA, **content}, ensure_ascii=False, indent=2)


def _line(one: Dispute) -> str:
    votes = ", ".join(f"{answer} ×{n}" for answer, n in one.answers)
    state = one.state if one.decided is None else f"{one.state}: {one.decided}"
    waits = f", {one.awaited} asked again" if one.awaited else ""
    return f"{one.item_id} {one.criterion}: {votes} ({state}{waits})"


def _given(answer: GivenAnswer) -> str:
    who = f"{answer.letter} {answer.rater}".strip()
    said = [
        f"before: {answer.first}" if answer.changed else "",
        "unsure" if answer.sure is False else "",
        ", ".join(answer.failure_modes),
        answer.rationale or "",
        *(f"“{passage.text}”" for passage in answer.evidence),
    ]
    value = answer.status.replace("_", " ") if answer.value is None else answer.value
    return "; ".join([f"{who}: {value}", *filter(None, said)])


def _step(record: Record) -> str:
    from annotate_app.services.adjudicating import words as words_of

    value = "" if record.status is None else f" {words_of(record.status, record.value)}"
    words = f": {record.words}" if record.words else ""
    return f"{record.kind}{value} by {record.lead}, {record.at[:16].replace('T', ' ')}{words}"


COMMANDS: list[Command] = [
    Command("adjudicate list", "list what raters answered differently", _list_arguments, run_list),
    Command("adjudicate show", "show all answers of one dispute, names hidden", _show_arguments, run_show),
    Command(
        "adjudicate decide", "make an answer the reference, with the reason", _decide_arguments, run_decide
    ),
    Command("adjudicate send-back", "ask the raters of an item again", _send_arguments, run_send_back),
    Command("adjudicate undo", "take a decision back by another record", _undo_arguments, run_undo),
]
