"""The example's items with their true states: written by hand, or combined from hand-written parts."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, cast

import yaml

from rubrics.items import Item

SEED = 20
SYSTEM = "hearth-assistant-1.3"
STRATA = ("typical", "edge", "adversarial")
TONES = (3, 2, 1)
TONE_WEIGHTS = (0.40, 0.44, 0.16)
STRAY_SHARE, HANDOVER_SHARE, DISTRACTOR_SHARE = 0.25, 0.25, 0.6

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Truth:
    """What is really so of an answer; only simulated raters see it. `escalation` None: nothing was asked."""

    grounded: str
    resolution: int
    tone: int
    escalation: str | None
    failure_modes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """One item of the example with its true state, and whether it is wholly hand-written."""

    item: Item
    truth: Truth
    by_hand: bool


@dataclass(frozen=True, slots=True)
class _Draft:
    """An item before it has an id: the sources are documents by name."""

    stratum: str
    entry: Entry
    ask: str
    say: str
    truth: Truth
    by_hand: bool


@cache
def made(seed: int = SEED) -> tuple[Made, ...]:
    """All items, in an order that keeps families apart; equal seeds give equal items."""
    drafts = [draft for stratum in STRATA for draft in (*_written(stratum), *_combined(stratum, seed))]
    random.Random(f"{seed}: order").shuffle(drafts)
    documents = {document["id"]: document for document in _read("documents")}
    return tuple(_made(f"q{k:03}", draft, documents, seed) for k, draft in enumerate(drafts, start=1))


def _read(name: str) -> Any:
    text = (files("annotate_app.example") / f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


def _made(item_id: str, draft: _Draft, documents: Mapping[str, Entry], seed: int) -> Made:
    item = Item(
        item_id=item_id,
        input=draft.ask,
        output=draft.say,
        sources=_sources(draft, documents, random.Random(f"{seed}: sources of {item_id}")),
        stratum=draft.stratum,
        cluster=draft.entry["family"],
        sensitive=bool(draft.entry.get("sensitive", False)),
        system=SYSTEM,
    )
    return Made(item, draft.truth, draft.by_hand)


def _sources(draft: _Draft, documents: Mapping[str, Entry], rng: random.Random) -> tuple[str, ...]:
    """The documents of the family and, often, one that has nothing to do with it."""
    names = list(draft.entry["docs"])
    others = sorted(set(documents) - set(names))
    if rng.random() < DISTRACTOR_SHARE:
        names.insert(rng.randrange(len(names) + 1), rng.choice(others))
    return tuple(f"{documents[name]['title']}\n{documents[name]['text']}" for name in names)


def _written(stratum: str) -> Iterator[_Draft]:
    for entry in _read(f"written_{stratum}"):
        yield _Draft(stratum, entry, entry["ask"], entry["say"], _stated(entry), by_hand=True)


def _stated(entry: Entry) -> Truth:
    grounded, resolution, tone, escalation = str(entry["truth"]).split()
    return Truth(
        grounded="grounded" if grounded == "grounded" else "not_grounded",
        resolution=int(resolution),
        tone=int(tone),
        escalation=None if escalation == "na" else escalation,
        failure_modes=tuple(entry.get("modes", ())),
    )


def _combined(stratum: str, seed: int) -> Iterator[_Draft]:
    """Three items a family: its three questions with its right, partial and wrong answer in random order."""
    phrases = cast("Mapping[str, Sequence[str]]", _read("phrases"))
    for entry in _read(f"families_{stratum}"):
        rng = random.Random(f"{seed}: {entry['family']}")
        kinds = ["right", "part", "wrong"]
        rng.shuffle(kinds)
        for ask, kind in zip(entry["ask"], kinds, strict=True):
            yield _answered(stratum, entry, ask, kind, phrases, rng)


def _answered(
    stratum: str, entry: Entry, ask: str, kind: str, phrases: Mapping[str, Sequence[str]], rng: random.Random
) -> _Draft:
    """One question with one kind of answer, in some tone, now and then handed over without need."""
    person = "person" in entry
    tone = rng.choices(TONES, TONE_WEIGHTS)[0]
    stray = kind == "part" and not person and rng.random() < STRAY_SHARE
    unneeded = not person and rng.random() < HANDOVER_SHARE
    core = rng.choice(phrases["stray"]) if stray else entry["wrong"][1] if kind == "wrong" else entry[kind]
    if stray:
        tone = 2
    say = _worded(core, tone, entry["care"], phrases, rng)
    if unneeded:
        say = f"{say} {rng.choice(phrases['handover'])}"
    truth = Truth(
        grounded="not_grounded" if kind == "wrong" else "grounded",
        resolution=1 if stray else {"right": 4, "part": 2, "wrong": 3}[kind],
        tone=tone,
        escalation=("correct" if kind == "right" else "missed")
        if person
        else ("unneeded" if unneeded else "correct"),
        failure_modes=(entry["wrong"][0],) if kind == "wrong" else (),
    )
    return _Draft(stratum, entry, ask, say, truth, by_hand=False)


def _worded(core: str, tone: int, care: str, phrases: Mapping[str, Sequence[str]], rng: random.Random) -> str:
    """The answer in a tone: 3 takes up the customer's situation, 1 has a remark that puts off."""
    opener, rude, first = rng.choice(phrases["opener"]), rng.choice(phrases["rude"]), rng.random() < 0.6
    if tone == 2:
        return core
    if tone == 1:
        return f"{rude} {core}" if first else f"{core} {rude}"
    return f"{opener} {care} {core}"
