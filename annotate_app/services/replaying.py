"""Reads a judge's verdicts out of its stored answers again and compares them; calls nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from annotate_app.desk import Desk
from annotate_app.services.calling import Caller, Limits, Stopped, Tally
from annotate_app.services.judge_values import RunOptions
from annotate_app.services.keeping import Keeper, Run
from annotate_app.services.model_runs import ASKED, asked_judge, client_of, selection_of
from annotate_app.services.rights import HOLDER, VERDICTS_OF, Holder, Role, require
from annotate_app.services.splitting import split_of_items
from annotate_app.store import studies, waiting
from annotate_app.store import verdicts as verdict_store
from annotate_app.study_file import JudgeSection
from calibration.judges.faults import JudgeNotAvailable
from calibration.judges.retrying import Patience
from calibration.judges.spec import JudgeSpec
from calibration.judges.throttle import Throttle
from calibration.splits import DEVELOPMENT, MONITOR, VALIDATION
from rubrics.answers import Verdict
from rubrics.items import Item

PAGE = 200


@dataclass(frozen=True, slots=True)
class Replay:
    """What stored answers come to again: items whose verdicts are the same to the byte, and which are not.

    `not_stored` counts items that need a call that is not stored. `verdicts` are those read now, but for the
    `withheld` ones of held-out items, which nobody who builds judges is shown.
    """

    judge: str
    spec_hash: str
    items: int
    identical: int
    different: tuple[str, ...]
    not_stored: int
    verdicts: tuple[Verdict, ...]
    withheld: int = 0


def replay(
    desk: Desk, name: str, spec: JudgeSpec, section: JudgeSection, options: RunOptions, *,
    role: Role | Holder,
) -> Replay:  # fmt: skip
    """Every item that this exact judge has answered, read anew. Raises JudgeNotAvailable or BadJudge."""
    require(role, "judges.run")
    if spec.kind not in ASKED:
        raise JudgeNotAvailable(f"judge {name!r} answers by itself: run it again, there is no call to replay")
    judge = asked_judge(desk, name, spec, section)
    with desk.store.reading() as session:
        known = {j.spec_hash: j.judge_id for j in studies.judges(session, desk.study_id) if j.name == name}
    judge_id = known.get(spec.spec_hash)
    if judge_id is None:
        return Replay(name, spec.spec_hash, 0, 0, (), 0, ())
    selection = selection_of(desk, options, ())
    wanted = waiting.Wanted(judge_id, selection.split, selection.split_version, selection.ids, answered=True)
    client, keeper = client_of(desk, name, spec, section, check=False), Keeper(desk, Run(0, judge_id, {}))
    caller = Caller(desk, client, keeper, Throttle(1), Patience(), Limits(replay=True), Tally())
    same, missing = 0, 0
    different: list[str] = []
    read: list[Verdict] = []
    for item in _items(desk, wanted):
        try:
            found = asyncio.run(judge.judge_item(item, caller.ask))
        except Stopped:
            missing += 1
            continue
        read += found
        if set(found) == _stored(desk, judge_id, item):
            same += 1
        else:
            different.append(item.item_id)
    items, shown = same + len(different) + missing, _shown(desk, read, role)
    return Replay(name, spec.spec_hash, items, same, tuple(different), missing, shown, len(read) - len(shown))


def _shown(desk: Desk, read: Sequence[Verdict], role: Role | Holder) -> tuple[Verdict, ...]:
    """Of these verdicts those that the role may see one by one; held-out ones in nobody's hands."""
    splits = split_of_items(desk)
    seen = (DEVELOPMENT, VALIDATION, MONITOR) if role is HOLDER else (*VERDICTS_OF[role], MONITOR)
    return tuple(verdict for verdict in read if splits.get(verdict.item_id) in seen)


def _items(desk: Desk, wanted: waiting.Wanted) -> Iterator[Item]:
    after = -1
    while True:
        with desk.store.reading() as session:
            found = waiting.page(session, desk.study_id, wanted, after=after, limit=PAGE)
        if not found:
            return
        yield from (item for _, item in found)
        after = found[-1][0]


def _stored(desk: Desk, judge_id: int, item: Item) -> set[Verdict]:
    with desk.store.reading() as session:
        return set(verdict_store.of_judge(session, desk.study_id, judge_id, item.item_id))
