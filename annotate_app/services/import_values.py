"""What an import says of itself: counts by kind of record, the rows left out, what was passed over."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace


class ImportRefused(ValueError):
    """With `strict`, rows that cannot go in keep everything out; `summary` names them."""

    def __init__(self, summary: ImportSummary) -> None:
        self.summary = summary
        super().__init__(f"{len(summary.rejects)} rows cannot be imported; nothing was written")


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was left out: where it is, which field, why."""

    file: str
    line: int
    field: str | None
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: " + (f"{self.field}: " if self.field else "") + self.reason


@dataclass(frozen=True, slots=True)
class Without:
    """Labels and verdicts that were taken without a field that cannot be read: how many, and the first."""

    answers: int
    first: Rejected


@dataclass(frozen=True, slots=True)
class Counts:
    """One kind of record. `revisions`: rows on a cell that had one; `conflicts`: those that say otherwise.

    `statuses` counts the rows read by status after sentinels, whether new or known.
    """

    read: int
    new: int
    revisions: int
    conflicts: int
    unchanged: int
    statuses: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What an import did.

    `bare`: new items that are merely named, without a text; `kept_out`: those that were not added, because
    nothing else was.
    """

    files: tuple[str, ...]
    items: Counts
    labels: Counts
    verdicts: Counts
    rejects: tuple[Rejected, ...]
    written: int
    asides: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    without: tuple[Without, ...] = ()
    bare: int = 0
    kept_out: int = 0

    @property
    def took_nothing(self) -> bool:
        """Whether rows were left out and none went in, or of labels and verdicts none: items may be there."""
        if self.labels.read or self.verdicts.read:
            return bool(self.rejects) and not self._answers
        return bool(self.rejects) and not (self.items.new + self.items.unchanged)

    @property
    def _answers(self) -> int:
        """Labels and verdicts that went in or were known."""
        return sum(one.new + one.revisions + one.unchanged for one in (self.labels, self.verdicts))

    def without_mere_names(self) -> ImportSummary:
        """The same, if all that it adds is names of items whose answers were left out: without them."""
        left_out = bool(self.asides or self.rejects)
        if not self.bare or self.bare < self.items.new or self._answers or not left_out:
            return self
        items = replace(self.items, new=0)
        return replace(self, items=items, bare=0, kept_out=self.bare, written=self.written - self.bare)

    @property
    def read_nothing(self) -> bool:
        """Whether the files hold no row at all."""
        read = self.items.read + self.labels.read + self.verdicts.read
        return not (read or self.rejects or self.asides)

    @property
    def changed_nothing(self) -> bool:
        return self.written == 0

    def as_json(self) -> dict[str, object]:
        return {"schema": "calibrant/import/1", **asdict(self)}
