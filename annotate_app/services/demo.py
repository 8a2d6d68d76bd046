"""The example study from nothing to certificates, step by step; every step can be repeated without harm."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from importlib.resources import files
from pathlib import Path

from annotate_app.desk import DATABASE_VARIABLE, Clock, Desk, open_desk, utc_now
from annotate_app.example.content import made
from annotate_app.example.simulate import RATERS, simulate
from annotate_app.services import targeting
from annotate_app.services.calibrating import decisions
from annotate_app.services.certifying import certify
from annotate_app.services.importing import import_files
from annotate_app.services.judging import run_judge
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split, split_of_items, split_summary
from annotate_app.store import studies as study_store
from annotate_app.store import waves as wave_store
from annotate_app.store.engine import open_store
from annotate_app.study_file import FILE_NAME, BadStudyFile, load_study_file
from calibration.splits import DEVELOPMENT
from calibration.triage.design import Design
from rubrics.answers import Label
from rubrics.files import LIBRARY
from rubrics.items import Item

KEY = "calibrant-example-ambervale"
RUBRIC = "support_answer.yaml"
ITEMS, LABELS = "items.jsonl", "labels.jsonl"
BY = "calibrant demo"
Say = Callable[[str], None]


class DemoRefused(ValueError):
    """The folder holds something else than the example; nothing was written."""


@dataclass(frozen=True, slots=True)
class PlannedLook:
    """A look that the demo takes: a judge, and the criteria of the policy it is asked about."""

    judge: str
    criteria: tuple[str, ...]


LOOKS = (
    PlannedLook("rules", ("grounded",)),
    PlannedLook("baseline", ("tone",)),
    PlannedLook("baseline", ("resolution",)),
)
# Labelled before any judge was run; the other development items are left for whoever opens Rate.
FIRST_WAVE = Design("random", 58)
DOUBT_WAVE = Design(
    "mixed", 24, random_share=0.4, signal="low_confidence", judge="baseline", criterion="tone"
)


def build_demo(folder: Path, *, say: Say = lambda line: None, clock: Clock = utc_now) -> Desk:
    """The example study in `folder`, built as far as it is not yet there; its open desk.

    `say` hears one line per step. Raises `DemoRefused` when the folder holds another study.
    """
    say(lay_out(folder))
    desk = open_desk(folder, clock=clock)
    for step in STEPS:
        say(step(desk))
    return desk


def lay_out(folder: Path) -> str:
    """Write study.toml, rubric.yaml and the items; files that are there already are kept as they are."""
    _refuse_another_study(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rubric = (LIBRARY / RUBRIC).read_text(encoding="utf-8")
    study = (files("annotate_app.example") / FILE_NAME).read_text(encoding="utf-8")
    _write_new(folder / "rubric.yaml", rubric)
    _write_new(folder / ITEMS, _lines(one.item for one in made()))
    new = _write_new(folder / FILE_NAME, study)  # last: a folder with it has everything else
    return f"study folder {folder}: {'written' if new else 'found, and used as it is'}"


def add_items(desk: Desk) -> str:
    """Import the items; the same items again change nothing."""
    summary = import_files(desk, [desk.folder / ITEMS], strict=True, role=HOLDER)
    return f"items: {summary.items.read} imported" + _nothing_new(summary.changed_nothing)


def freeze(desk: Desk) -> str:
    """Freeze the split, unless it is frozen."""
    summary = split_summary(desk, role=HOLDER) or freeze_split(desk, role=HOLDER)
    sizes = ", ".join(f"{n} {split.replace('_', '-')}" for split, n in summary.sizes.items())
    return f"split frozen by question family: {sizes}"


def draw_first_wave(desk: Desk) -> str:
    """Draw the development items that the simulated raters are asked about, unless they are drawn."""
    waves = targeting.list_waves(desk, role=HOLDER)
    wave = waves[0] if waves else targeting.draw_wave(desk, FIRST_WAVE, by=BY, role=HOLDER)
    return f"{wave.name}: {wave.selected} of {wave.frame} development items, drawn at random"


def add_labels(desk: Desk) -> str:
    """Simulate the raters and import what they answered: the first wave, validation and held-out."""
    labels = simulate(made(), _asked(desk), desk.rubric)
    _write_new(desk.folder / LABELS, _lines(labels))
    summary = import_files(desk, [desk.folder / LABELS], strict=True, role=HOLDER)
    raters = ", ".join(rater.name for rater in RATERS)
    return f"labels: {summary.labels.read} of {len(RATERS)} simulated raters ({raters})" + _nothing_new(
        summary.changed_nothing
    )


def _asked(desk: Desk) -> dict[str, str | None]:
    """The items to label, and the wave that drew them where one did."""
    with desk.store.reading() as session:
        first = wave_store.draws(session, desk.study_id, split=DEVELOPMENT)[0]
    open_items = {item: None for item, split in split_of_items(desk).items() if split != DEVELOPMENT}
    return {**open_items, **dict.fromkeys(first.selected, first.name)}


def judge_all(desk: Desk) -> str:
    """Run every judge of study.toml on what it has not answered yet."""
    runs = [run_judge(desk, name, role=HOLDER) for name in desk.study_file.judges]
    return "judges: " + "; ".join(f"{run.judge} answered {run.items + run.already} items" for run in runs)


def draw_doubt_wave(desk: Desk) -> str:
    """Draw the wave that follows a judge's doubt, unless there is one; Rate asks for its items first."""
    waves = targeting.list_waves(desk, role=HOLDER)
    wave = waves[1] if len(waves) > 1 else targeting.draw_wave(desk, DOUBT_WAVE, by=BY, role=HOLDER)
    chances = f"{wave.pi_low:.2f} to {wave.pi_high:.2f}"
    return (
        f"{wave.name}: {wave.selected} development items, a share at random, the rest where "
        f"{DOUBT_WAVE.judge} doubts itself; each drawn with known probability, {chances}"
    )


def take_looks(desk: Desk) -> str:
    """Take the planned looks that were not taken yet: each is logged and spends error budget."""
    taken = {(decision.judge, decision.criteria) for decision in decisions(desk)}
    for planned in LOOKS:
        if (planned.judge, planned.criteria) not in taken:
            certify(desk, planned.judge, by=BY, criteria=planned.criteria, role=HOLDER)
    return f"held-out labels: {len(LOOKS)} looks taken, as planned and logged"


STEPS: tuple[Callable[[Desk], str], ...] = (
    add_items,
    freeze,
    draw_first_wave,
    add_labels,
    judge_all,
    draw_doubt_wave,
    take_looks,
)


def _refuse_another_study(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise DemoRefused(f"{folder} is a file: name another folder with --folder")
    if not (folder / FILE_NAME).exists():
        _refuse_made_elsewhere()
        return
    try:
        found = load_study_file(folder).study
    except BadStudyFile as error:
        raise DemoRefused(f"{error}\nRepair it, or name another folder with --folder") from error
    if found.key != KEY:
        raise DemoRefused(f"{folder} holds the study {found.name!r}: name another folder with --folder")


def _refuse_made_elsewhere() -> None:
    """A database has the example once: another folder would find its looks taken and get no certificate."""
    named = os.environ.get(DATABASE_VARIABLE)
    if not named:
        return
    store = open_store(named)
    try:
        with store.reading() as session:
            known = study_store.find(session, KEY)
    finally:
        store.close()
    if known is not None:
        raise DemoRefused(
            f"the database that {DATABASE_VARIABLE} names has the example already, made in another folder: "
            "name that folder with --folder, or another database"
        )


def _nothing_new(changed_nothing: bool) -> str:
    return ", all known before" if changed_nothing else ""


def _lines(records: Iterable[Item | Label]) -> str:
    """JSON Lines; fields at their default are left out."""
    return "".join(json.dumps(_plain(r), ensure_ascii=False, sort_keys=True) + "\n" for r in records)


def _plain(record: Item | Label) -> Mapping[str, object]:
    """The fields that say something; a label's value always does."""
    return {
        field.name: getattr(record, field.name)
        for field in fields(record)
        if field.default is MISSING or getattr(record, field.name) != field.default
        if field.name not in ("blind", "extra", "meta")
    }


def _write_new(path: Path, text: str) -> bool:
    """Write a file that is not there yet, whole or not at all; whether it was written."""
    if path.exists():
        return False
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    partial.write_text(text, encoding="utf-8", newline="\n")
    partial.replace(path)
    return True
