"""What an import says of itself: counts by kind of record, the rows left out, what was passed over."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field


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
    """What an import did."""

    files: tuple[str, ...]
    items: Counts
    labels: Counts
    verdicts: Counts
    rejects: tuple[Rejected, ...]
    written: int
    asides: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    without: tuple[Without, ...] = ()

    @property
    def took_nothing(self) -> bool:
        """Whether rows were left out and none went in, or of labels and verdicts none: items may be there."""
        answers = (self.labels, self.verdicts)
        kinds = answers if any(one.read for one in answers) else (self.items,)
        return bool(self.rejects) and not sum(one.new + one.revisions + one.unchanged for one in kinds)

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
