"""Sampling in: a share of every stratum with its probability, marked rows always, personal data masked."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from annotate_app.desk import Desk, open_desk
from annotate_app.services.importing import CannotRead, import_files
from annotate_app.services.ratings import ratings
from annotate_app.services.rights import HOLDER
from annotate_app.services.sampling import Intake
from annotate_app.store import items
from calibration.large.sampling import Plan
from calibration.readers import How, Plain, Read
from calibration.readers.foreign.formats import AUTO
from calibration.readers.masking import mask_named
from rubrics.items import Item

duckdb = pytest.importorskip("duckdb")


@pytest.fixture
def desk(make_study: Callable[..., Path]) -> Iterator[Desk]:
    opened = open_desk(make_study("sampled"))
    yield opened
    opened.close()


def traces(size: int = 400) -> list[dict[str, Any]]:
    """Three in four of one language; every fiftieth is sensitive."""
    return [
        {
            "item_id": f"t{k}", "input": f"Call me at +44 20 7946 0{k % 1000:03d}", "output": "Done.",
            "stratum": "de" if k % 4 == 0 else "en", "sensitive": k % 50 == 0, "correlation_id": f"c{k}",
            "meta": {"prompt_template": "v3", "document_ids": ["20794600111"], "mail": "ann@example.org"},
        }
        for k in range(size)
    ]  # fmt: skip


def as_lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def stored(desk: Desk) -> list[Item]:
    with desk.store.reading() as session:
        return items.all_items(session, desk.study_id)


def test_every_stratum_gives_its_share_and_marked_rows_are_certain(desk: Desk, tmp_path: Path) -> None:
    file = as_lines(tmp_path / "traces.jsonl", traces())
    import_files(desk, [file], intake=Intake(Plan(0.15, 7, "stratum", "sensitive")), role=HOLDER)
    found = stored(desk)
    # 100 de rows, 4 of them sensitive: 4 + round(.15 × 96) = 18
    # 300 en rows, 4 of them sensitive: 4 + round(.15 × 296) = 48
    assert Counter(item.stratum for item in found) == {"de": 18, "en": 48}
    assert {item.item_id for item in found if item.sensitive} == {f"t{k}" for k in range(0, 400, 50)}
    pi = {(item.stratum, item.sensitive): dict(item.meta)["sampled_pi"] for item in found}
    assert pi == {
        ("de", True): 1.0, ("en", True): 1.0, ("de", False): 14 / 96, ("en", False): 44 / 296,
    }  # fmt: skip
    with desk.store.bulk() as bulk:
        (options,) = bulk.connection.execute("SELECT options FROM import_run").fetchone()
    kept = json.loads(options)["sample"]
    assert (kept["share"], kept["seed"], kept["stratify"], kept["always"]) == (
        0.15,
        7,
        "stratum",
        "sensitive",
    )
    assert kept["strata"]["traces.jsonl"][0] == {"name": "de", "rows": 100, "drawn": 18, "certain": 4}


def test_the_same_seed_draws_the_same_rows_whatever_the_kind_of_file(
    make_study: Callable[..., Path], tmp_path: Path
) -> None:
    lines = as_lines(tmp_path / "traces.jsonl", traces())
    parquet, table = tmp_path / "traces.parquet", tmp_path / "traces.csv"
    duckdb.read_json(str(lines)).write_parquet(str(parquet))
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(traces()[0]))
        writer.writeheader()
        writer.writerows({**row, "meta": json.dumps(row["meta"])} for row in traces())
    drawn: list[list[Item]] = []
    for k, (file_, seed) in enumerate([(lines, 3), (parquet, 3), (table, 3), (lines, 4)]):
        desk = open_desk(make_study(f"s{k}"))
        assert (
            import_files(desk, [file_], intake=Intake(Plan(0.1, seed, "stratum")), role=HOLDER).rejects == ()
        )
        drawn.append(stored(desk))
        desk.close()
    assert drawn[0] == drawn[1] == drawn[2]
    assert drawn[0] != drawn[3]


def test_a_whole_parquet_file_gives_the_same_rows_together_and_one_by_one(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"item_id": f"i{k}", "rater": "ann", "criterion": "helpful", "value": k % 3,
         "pi": 0.5 if k % 2 else None, "at": f"2026-01-01 09:{k % 60:02d}:00"} for k in range(250)
    ]  # fmt: skip
    rows[120]["rater"], rows[121]["pi"] = None, 2.0  # no label, and no probability
    file = tmp_path / "labels.parquet"
    duckdb.read_json(str(as_lines(tmp_path / "labels.jsonl", rows))).write_parquet(str(file))
    parts = list(Intake().parts(file, How(AUTO)))
    assert [len(part.rows) for part in parts if isinstance(part, Plain)] == [120, 129]
    single = [part.read(k) for part in parts if isinstance(part, Plain) for k in range(len(part.rows))]
    one_by_one = list(Intake().read(file, How(AUTO)))
    assert single == [read for read in one_by_one if read.line != 121]
    assert [part for part in parts if isinstance(part, Read)] == [one_by_one[120]]


def test_labels_in_a_sampled_file_are_weighted_by_their_chance(desk: Desk, tmp_path: Path) -> None:
    said = {"rater": "ann", "criterion": "helpful", "value": 2}
    rows = [{"item_id": f"i{k}", "lang": "de" if k % 4 else "en", **said} for k in range(100)]
    known = [{"item_id": f"i{k}", "output": "x"} for k in range(100)]
    import_files(desk, [as_lines(tmp_path / "items.jsonl", known)], role=HOLDER)
    plan = Plan(0.1, 1, "lang")
    import_files(desk, [as_lines(tmp_path / "labels.jsonl", rows)], intake=Intake(plan), role=HOLDER)
    found = ratings(desk).criteria["helpful"]
    assert found.pi is not None
    # 25 en rows: round(2.5) = 3 of 25 (away from zero), 75 de rows: round(7.5) = 8 of 75
    assert Counter(round(float(one), 4) for one in found.pi) == {0.12: 3, round(8 / 75, 4): 8}


def test_masking_leaves_ids_templates_and_documents_and_nothing_personal(desk: Desk, tmp_path: Path) -> None:
    file = as_lines(tmp_path / "traces.jsonl", traces(3))
    import_files(desk, [file], intake=Intake(None, ("email", "phone")), role=HOLDER)
    (first, *_) = stored(desk)
    assert first.input == "Call me at [phone]"
    assert first.correlation_id == "c0"
    assert dict(first.meta) == {
        "prompt_template": "v3", "document_ids": ["20794600111"], "mail": "[email]",
    }  # fmt: skip
    database = (desk.folder / "calibrant.db").read_bytes() + (desk.folder / "calibrant.db-wal").read_bytes()
    assert b"ann@example.org" not in database and b"+44" not in database


def test_what_is_said_of_rows_that_were_left_out_is_masked_too(desk: Desk, tmp_path: Path) -> None:
    long = "write to " + "x" * 40 + " ann@example.org"  # cut in the middle of the address when it is shown
    rows = [
        {"item_id": "i", "rater": "r", "criterion": "helpful", "value": "ann@example.org"},
        {"item_id": "i", "rater": "r", "criterion": "helpful", "value": 1, "sure": "ann@example.org"},
        {"item_id": "i", "rater": "r", "criterion": "helpful", "value": 1, "sure": long},
        {"item_id": "i", "rater": "r", "criterion": "helpful", "value": 1, "sure": {"mail": long}},
    ]
    file = as_lines(tmp_path / "rows.jsonl", rows)
    said = [
        one.reason for one in import_files(desk, [file], intake=Intake(None, ("email",)), role=HOLDER).rejects
    ]
    assert len(said) == 4 and not any("ann" in one for one in said)
    assert "[email]" in said[0] and "must be true or false, not […]" in said[2:]
    plain = [one.reason for one in import_files(desk, [file], role=HOLDER).rejects]
    assert "ann@example.org" in plain[0]


def test_a_function_of_the_users_own_masks_too(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own_mask.py").write_text(
        "def names(text):\n    return text.replace('Ann', '[name]')\n\ndef broken(text):\n    return None\n"
    )
    monkeypatch.chdir(tmp_path)
    file = as_lines(tmp_path / "x.jsonl", [{"item_id": "i", "output": "Ann, ann@example.org"}])
    with pytest.raises(CannotRead, match="gave NoneType for a text"):
        import_files(desk, [file], intake=Intake(function="own_mask:broken"), role=HOLDER)
    assert stored(desk) == []
    import_files(desk, [file], intake=Intake(None, ("email",), "own_mask:names"), role=HOLDER)
    assert stored(desk)[0].output == "[name], [email]"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mail ann.b+c@sub.example.org now", "mail [email] now"),
        ("pay DE89 3704 0044 0532 0130 00 today", "pay [iban] today"),
        ("not an iban: DE89 3704 0044 0532 0130 01", "not an iban: DE89 3704 0044 0532 0130 01"),
        ("card 4111 1111 1111 1111.", "card [card]."),
        ("ring (020) 7946-0111 or +49 30 1234567", "ring [phone] or [phone]"),
        ("on 2026-03-02 and 02.03.2026 at 10:30", "on 2026-03-02 and 02.03.2026 at 10:30"),
        ("order 12345, 3 for 4.50", "order 12345, 3 for 4.50"),
    ],
)
def test_patterns_find_what_is_personal_and_leave_the_rest(text: str, shown: str) -> None:
    masks = ("iban",) if "not an iban" in text else ("phone", "card", "iban", "email")
    assert mask_named(masks)(text) == shown


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Plan(0), "must be above 0"),
        (lambda: Intake(None, ("names",)), "unknown; there are email, iban, card, phone"),
        (lambda: Intake(function="json"), "write MODULE:FUNCTION"),
        (lambda: Intake(function="json:nothing"), "has no attribute"),
    ],
)
def test_what_cannot_be_done_is_said(make: Callable[[], object], said: str) -> None:
    with pytest.raises(CannotRead, match=said):
        make()


def test_a_missing_column_or_file_is_named(desk: Desk, tmp_path: Path) -> None:
    table = tmp_path / "x.csv"
    table.write_text("item_id,output\ni,x\n")
    with pytest.raises(CannotRead, match="has no column lang; it has item_id, output"):
        import_files(desk, [table], intake=Intake(Plan(0.5, stratify="lang")), role=HOLDER)
    with pytest.raises(CannotRead, match="there is no such file"):
        import_files(desk, [tmp_path / "no.jsonl"], intake=Intake(Plan(0.5)), role=HOLDER)
