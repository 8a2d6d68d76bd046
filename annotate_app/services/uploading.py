"""An upload on its way in: what it holds, what a mapping has to say, what would happen; refuses big files."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from itertools import islice
from pathlib import Path, PurePath

from annotate_app.desk import Desk
from annotate_app.services.import_values import ImportSummary
from annotate_app.services.importing import CannotRead, import_files, recognising
from annotate_app.services.rights import Holder, NotAllowed, Role, allowed, refusal
from annotate_app.services.sampling import Intake
from calibration.readers import Aside, How, Read, Reject, csv_rows, jsonl, parse_mapping
from calibration.readers import Mapping as Renames
from calibration.readers.foreign.mapping import AS_IT_IS, FIXED
from calibration.readers.masking import MASKS
from calibration.readers.reading import RawRow
from rubrics.answers import Label, Verdict
from rubrics.items import Item
from rubrics.rubric import NOT_APPLICABLE, UnknownAnswer, Value

__all__ = ["FIXED", "MASKS", "CannotUpload", "Line", "Preview", "Upload", "bring_in", "columns", "mapping_of"]

SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv")
OUR_COLUMNS = (
    "item_id", "rater", "judge", "criterion", "value", "status", "rationale", "reason", "at", "purpose",
    "pi", "confidence", "replicate", "spec_hash", "reported_model", "cost_usd", "latency_seconds", "input",
    "output", "output_a", "output_b", "context", "sources", "reference", "stratum", "cluster", "sensitive",
    "system", "system_a", "system_b", "input_id", "correlation_id",
)  # fmt: skip
TABLES, HEAD = (".csv", ".tsv"), 65_536
MOST_MEGABYTES, MOST_ROWS, SHOWN, MOST_ANSWERS = 20, 50_000, 5, 30
MOST_NAME = 200  # characters of a file's name that are kept
LOOKED_AT = 200  # rows whose columns can be renamed on the page


class CannotUpload(ValueError):
    """An upload that cannot be read here; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as the browser sent it; its name is shown and otherwise not used."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Line:
    """One record as the preview shows it."""

    line: int
    kind: str
    item: str
    who: str
    criterion: str
    answer: str


@dataclass(frozen=True, slots=True)
class Preview:
    """The first records of an upload, and the words in it that the rubric does not have.

    `strange`: criteria that the rubric lacks; `answers`: by criterion (theirs), the answers seen; `raters`
    and `judges`: who answered.
    """

    lines: tuple[Line, ...]
    rows: int
    strange: tuple[str, ...] = ()
    answers: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    raters: tuple[str, ...] = ()
    judges: tuple[str, ...] = ()


def withheld(role: Role) -> str:
    """Why a role sees no page; "" where it does."""
    return "" if allowed(role, "import.items") else refusal("import.items")


def preview(
    desk: Desk,
    uploads: Upload | Sequence[Upload],
    renames: Renames = AS_IT_IS,
    masks: Sequence[str] = (),
) -> Preview:
    """What the uploads hold, in their own words but for `renames` and `masks`. Raises CannotUpload."""
    lines: list[Line] = []
    found = _Words()
    kinds: Counter[str] = Counter()
    rows = 0
    for upload, read in _reads(desk, _several(uploads), renames, masks):
        rows += 1
        if rows > MOST_ROWS:
            raise CannotUpload(
                f"{upload.name}: has more than {MOST_ROWS:,} rows: use `calibrant import FILE` for it"
            )
        if not isinstance(read.record, Reject | Aside) and kinds[read.kind] < SHOWN:
            kinds[read.kind] += 1
            lines.append(_line(read))
        found.hear(read.record)
    known = {one.name for one in desk.rubric.criteria}
    strange = tuple(name for name in found.answers if name not in known)
    answers = {name: tuple(seen) for name, seen in found.answers.items()}
    return Preview(tuple(lines), rows, strange, answers, tuple(found.raters), tuple(found.judges))


@dataclass(slots=True)
class _Words:
    """The criteria, answers and names that an upload uses, in order of appearance."""

    answers: dict[str, dict[Value, None]] = field(default_factory=dict)
    raters: dict[str, None] = field(default_factory=dict)
    judges: dict[str, None] = field(default_factory=dict)

    def hear(self, record: object) -> None:
        if not isinstance(record, Label | Verdict):
            return
        seen = self.answers.setdefault(record.criterion, {})
        if record.value is not None and len(seen) < MOST_ANSWERS:
            seen[record.value] = None
        if isinstance(record, Label):
            self.raters[record.rater] = None
        else:
            self.judges[record.judge] = None


def columns(upload: Upload) -> tuple[str, ...]:
    """The names at the top of the file's first rows (a table's header). Raises CannotUpload."""
    suffix = _suffix(upload)
    try:
        if suffix in TABLES:
            return tuple(dict.fromkeys(name for name in csv_rows.names_in(upload.content[:HEAD]) if name))
        read = jsonl.document_rows if suffix == ".json" else jsonl.rows
        some = islice(read(BytesIO(upload.content)), LOOKED_AT)
        return tuple(dict.fromkeys(name for row in some if isinstance(row, RawRow) for name in row.fields))
    except CannotRead as fault:
        raise CannotUpload(f"{upload.name}: {fault}") from fault


def mapping_of(upload: Upload) -> Renames:
    """A mapping that was kept as a file. Raises CannotUpload."""
    try:
        return parse_mapping(upload.content, source=upload.name)
    except CannotRead as fault:
        raise CannotUpload(str(fault)) from fault


def unknown_answers(desk: Desk, found: Preview, criteria: Mapping[str, str]) -> dict[str, tuple[Value, ...]]:
    """By our criterion, the answers of the upload that its scale does not take."""
    unknown: dict[str, tuple[Value, ...]] = {}
    scales = {one.name: one.scale for one in desk.rubric.criteria}
    for theirs, seen in found.answers.items():
        ours = criteria.get(theirs, theirs)
        if ours in scales:
            unknown[ours] = (*unknown.get(ours, ()), *(v for v in seen if not _takes(desk, ours, v)))
    return {name: values for name, values in unknown.items() if values}


def _takes(desk: Desk, criterion: str, value: Value) -> bool:
    try:
        desk.rubric.criterion(criterion).scale.parse(value)
    except UnknownAnswer:
        return False
    return True


def bring_in(
    desk: Desk,
    uploads: Upload | Sequence[Upload],
    renames: Renames,
    *,
    dry: bool,
    role: Role | Holder,
    by: str | None = None,
    masks: Sequence[str] = (),
) -> ImportSummary:
    """Import the uploads, or with `dry` say what would be. Raises CannotUpload; nothing is written then.

    `masks`: what is masked in texts before they are stored, by the names in MASKS.
    """
    given = _several(uploads)
    with ExitStack() as stack:
        names = {stack.enter_context(_kept(upload)): upload.name for upload in given}
        try:
            how = replace(recognising(desk), mapping=renames)
            none = (NOT_APPLICABLE,)
            called = {file: PurePath(name).name[:MOST_NAME] for file, name in names.items()}
            intake = Intake(masks=tuple(masks), names=called)
            summary = import_files(
                desk, [*names], how=how, dry=dry, not_applicable=none, intake=intake, role=role, by=by
            )
        except CannotRead as fault:
            raise CannotUpload(_by_name(str(fault), names)) from fault
        except NotAllowed as refused:
            raise CannotUpload(str(refused)) from refused
    sent = {str(file): name for file, name in names.items()}
    rejects = tuple(replace(one, file=sent[one.file]) for one in summary.rejects)
    without = tuple(
        replace(one, first=replace(one.first, file=sent[one.first.file])) for one in summary.without
    )
    return replace(summary, files=tuple(sent.values()), rejects=rejects, without=without)


def _by_name(words: str, names: Mapping[Path, str]) -> str:
    for file, name in names.items():
        words = words.replace(str(file), name)
    return words


def _several(uploads: Upload | Sequence[Upload]) -> tuple[Upload, ...]:
    return (uploads,) if isinstance(uploads, Upload) else tuple(uploads)


def _reads(
    desk: Desk, uploads: Sequence[Upload], renames: Renames, masks: Sequence[str]
) -> Iterator[tuple[Upload, Read]]:
    how: How = replace(recognising(desk), mapping=renames)
    intake = Intake(masks=tuple(masks))
    for upload in uploads:
        with _kept(upload) as file:
            try:
                yield from ((upload, read) for read in intake.read(file, how))
            except CannotRead as fault:
                raise CannotUpload(str(fault).replace(str(file), upload.name)) from fault


def _suffix(upload: Upload) -> str:
    suffix = PurePath(upload.name).suffix.lower()
    if suffix not in SUFFIXES:
        raise CannotUpload(f"{upload.name}: is none of {', '.join(SUFFIXES)}")
    return suffix


@contextmanager
def _kept(upload: Upload) -> Iterator[Path]:
    """The upload as a file of our own name, for as long as it is read."""
    suffix = _suffix(upload)
    if len(upload.content) > MOST_MEGABYTES * 2**20:
        raise CannotUpload(
            f"{upload.name}: is larger than {MOST_MEGABYTES} MB: use `calibrant import FILE` for it"
        )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"upload{suffix}"
        file.write_bytes(upload.content)
        yield file


def _line(read: Read) -> Line:
    record = read.record
    if isinstance(record, Item):
        text = record.output or record.output_a or record.input or ""
        return Line(read.line, "item", record.item_id, "", "", text[:120])
    if isinstance(record, Label):
        said = record.status if record.value is None else str(record.value)
        return Line(read.line, "label", record.item_id, record.rater, record.criterion, said)
    if isinstance(record, Verdict):
        said = record.status if record.value is None else str(record.value)
        return Line(read.line, "verdict", record.item_id, record.judge, record.criterion, said)
    raise TypeError(f"{read.kind} is no record")
