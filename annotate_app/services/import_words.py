"""What an import did, or would do, in lines: the same on the command line and on the page."""

from __future__ import annotations

from annotate_app.services.import_values import Counts, ImportSummary, Rejected

SHOWN_REJECTS = 10
SHOWN_FIELDS = 3


def counted(summary: ImportSummary) -> list[str]:
    """How many of what were read, new, repeated, known; and what was passed over, by reason."""
    parts = (("items", summary.items), ("labels", summary.labels), ("verdicts", summary.verdicts))
    lines = [f"{name}: {counts(one)}" for name, one in parts if one.read]
    lines += _mere_names(summary)
    lines += [f"{count:,} passed over: {reason}" for reason, count in summary.asides.items()]
    return lines + [
        f"labels and verdicts whose `{one.first.field}` cannot be read, taken without it: {one.answers:,}; "
        f"the first: {one.first}"
        for one in summary.without
    ]


def _mere_names(summary: ImportSummary) -> list[str]:
    """What is said of items without a text."""
    if summary.kept_out:
        return [f"items merely named, and not added because no answer goes in: {summary.kept_out:,}"]
    if not summary.bare:
        return []
    why = "an item is never changed, so bring texts in first"
    return [f"new items without a text: {summary.bare:,} ({why})"]


def counts(found: Counts) -> str:
    said = [f"{found.read:,} read", f"{found.new:,} new"]
    if found.revisions:
        said.append(f"{found.revisions:,} repeated ({found.conflicts:,} in conflict; the last counts)")
    if found.unchanged:
        said.append(f"{found.unchanged:,} known")
    said += [
        f"{n:,} {status.replace('_', ' ')}"
        for status, n in found.statuses.items()
        if n and status != "observed"
    ]
    return ", ".join(said)


def why_nothing(summary: ImportSummary) -> str:
    """What became of the rows of an import that changes nothing."""
    aside = sum(summary.asides.values())
    if not aside and not summary.rejects:
        return "all of it is known"
    known = summary.items.unchanged + summary.labels.unchanged + summary.verdicts.unchanged
    parts = ((known, "known"), (aside, "passed over"), (len(summary.rejects), "cannot go in"))
    return ", ".join(f"{count:,} {words}" for count, words in parts if count)


def rows(count: int) -> str:
    """ "1 row", "1,200 rows" """
    return "1 row" if count == 1 else f"{count:,} rows"


def left_out(rejects: tuple[Rejected, ...]) -> str:
    """How many rows are not in, and by which fields, with an example of each; the last line of an import."""
    by_field: dict[str | None, list[Rejected]] = {}
    for one in rejects:
        by_field.setdefault(one.field, []).append(one)
    parts = sorted(by_field.values(), key=len, reverse=True)
    said = [f"{len(part):,} of {part[0].field or 'the row as a whole'} ({part[0]})" for part in parts]
    more = f"; and {len(said) - SHOWN_FIELDS} more fields" if len(said) > SHOWN_FIELDS else ""
    return f"{rows(len(rejects))} left out, because of: {'; '.join(said[:SHOWN_FIELDS])}{more}"


def first(rejects: tuple[Rejected, ...], more: str) -> list[str]:
    """The first rows that were left out; `more` says where all of them are."""
    lines = [str(reject) for reject in rejects[:SHOWN_REJECTS]]
    rest = len(rejects) - SHOWN_REJECTS
    return lines + ([f"… and {rest} more{more}"] if rest > 0 else [])
