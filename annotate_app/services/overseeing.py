"""Looking at items, page by page and one by one; what a role may not see is not in the values at all."""

from __future__ import annotations

from dataclasses import dataclass, replace

from annotate_app.desk import Desk
from annotate_app.services.labelling_values import UnknownItem
from annotate_app.services.reserving import shown
from annotate_app.services.rights import ITEMS_OF, VERDICTS_OF, NotVisible, Role
from annotate_app.store import items, labels, seen, verdicts
from annotate_app.store.engine import Session
from annotate_app.store.items import ItemLine, PageOf
from calibration.splits import DEVELOPMENT, HELD_OUT, VALIDATION
from rubrics.answers import Label, Purpose, Verdict
from rubrics.items import Item

ITEMS_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class ItemPage:
    """One page of the items a role may see; `total` counts those of all pages."""

    items: tuple[ItemLine, ...]
    page: int
    pages: int
    total: int
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class ItemDetail:
    """One item with what the role may see of its answers; `history` holds the earlier revisions."""

    item: Item
    split: str | None
    labels: tuple[Label, ...]
    history: tuple[Label, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    withheld: str = ""


def list_items(
    desk: Desk,
    *,
    role: Role,
    rater: str | None = None,
    split: str | None = None,
    stratum: str | None = None,
    text: str | None = None,
    page: int = 0,
    per_page: int = ITEMS_PER_PAGE,
) -> ItemPage:
    """One page (from 0) of the items that the role may see one by one, in order of arrival.

    A rater must be named and gets the items of their own labels, without splits. `hidden` counts the items
    that the role may not browse; a split of these is refused (NotVisible).
    """
    allowed = ITEMS_OF[role]
    if split is not None and (split not in allowed or role == "rater"):
        raise NotVisible(_refusal(role, split))
    if role == "rater" and rater is None:
        raise NotVisible("a rater sees their own work: choose a name first")
    with desk.store.reading() as session:
        version = items.split_version(session, desk.study_id)
        own = rater if role == "rater" else None
        asked = None if role == "rater" else version
        wanted = PageOf(
            split_version=asked,
            splits=(split,) if split is not None else allowed,
            stratum=None if role == "rater" else stratum,
            text=(text or "").strip() or None,
            rater=own,
            offset=max(page, 0) * per_page,
            limit=per_page,
        )
        found = items.page(session, desk.study_id, wanted)[:per_page]
        total = items.count_page(session, desk.study_id, wanted)
        everything = items.count(session, desk.study_id)
        browsable = items.count_page(session, desk.study_id, PageOf(asked, allowed, rater=own))
    lines = tuple(_as_shown(line) if role == "rater" else line for line in found)
    hidden = 0 if role == "rater" else everything - browsable
    return ItemPage(lines, max(page, 0), max(1, -(-total // per_page)), total, hidden)


def item_detail(desk: Desk, item_id: str, *, role: Role, rater: str | None = None) -> ItemDetail:
    """One item with the labels and verdicts that the role may see. Raises NotVisible, UnknownItem.

    Somebody who looks in another role and rates under a name is not blind afterwards: what `rater` is shown
    here is noted, and labels of the item given after it say so.
    """
    with desk.store.reading() as session:
        found = items.get(session, desk.study_id, item_id)
        if found is None:
            raise UnknownItem(f"the study has no item {item_id!r}")
        split = _split_of(session, desk, found.number)
        _refuse_hidden(role, rater, split)
        own = rater if role == "rater" else None
        rows = labels.of_item(session, desk.study_id, found.number, rater=own)
        if own is not None and not rows:
            raise NotVisible("a rater sees their own work: this item is not among it")
        given = verdicts.of_item(session, desk.study_id, found.number) if split in VERDICTS_OF[role] else []
    newest = {(label.criterion, label.rater, label.purpose): label for label in rows}
    if rater is not None and role != "rater":
        _note_seen(desk, rater, item_id, verdicts=bool(given), peers=any(one.rater != rater for one in rows))
    return ItemDetail(
        item=shown(found.item) if role == "rater" else found.item,
        split=None if role == "rater" else split,
        labels=tuple(_as_told(label, role) for label in newest.values()),
        history=tuple(_as_told(label, role) for label in rows if label not in newest.values()),
        verdicts=tuple(given),
        withheld=_withheld(role, split),
    )


def _as_shown(line: ItemLine) -> ItemLine:
    return replace(line, stratum=None, cluster=None, split=None)


def _as_told(label: Label, role: Role) -> Label:
    """A label as its rater may see it: no purpose but estimate and training, and not how it was drawn."""
    if role != "rater":
        return label
    purpose: Purpose = "training" if label.purpose == "training" else "estimate"
    return replace(label, purpose=purpose, wave=None, pi=None)


def _note_seen(desk: Desk, rater: str, item_id: str, *, verdicts: bool, peers: bool) -> None:
    shown_now: set[seen.Seen] = set()
    if verdicts:
        shown_now.add("saw verdicts")
    if peers:
        shown_now.add("saw answers")
    with desk.store.reading() as session:
        known = seen.of_item(session, desk.study_id, rater, item_id)
    if new := frozenset(shown_now) - known:
        with desk.store.writing() as session:
            seen.note(session, desk.study_id, rater, item_id, new, at=desk.now)


def _refuse_hidden(role: Role, rater: str | None, split: str) -> None:
    if role == "rater":
        if rater is None:
            raise NotVisible("a rater sees their own work: choose a name first")
    elif split not in ITEMS_OF[role]:
        raise NotVisible(_refusal(role, split))


def _refusal(role: Role, split: str) -> str:
    if role == "rater":
        return "raters are not told the split of an item"
    if split == HELD_OUT:
        return f"held-out items are sealed: the {role} sees outcomes of looks only"
    if split == VALIDATION:
        return f"validation items are shown to the {role} in aggregate only: see the Agreement page"
    return f"the {role} cannot browse {split!r}: it is in no frozen split yet"


def _withheld(role: Role, split: str) -> str:
    if role == "lead":
        return "Verdicts are not shown to the lead, so that adjudication stays blind to the judge."
    return "" if role != "rater" else "Other raters' answers and the judge's verdicts are not shown."


def _split_of(session: Session, desk: Desk, item: int) -> str:
    version = items.split_version(session, desk.study_id)
    if version is None:
        return DEVELOPMENT
    return items.split_of(session, version, item) or "(none)"
