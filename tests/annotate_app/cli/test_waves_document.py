"""docs/waves.md: its commands are run in order on a study like the one it names, and print what it shows."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from annotate_app.cli import main
from annotate_app.desk import open_desk
from annotate_app.services import labelling
from annotate_app.services.importing import import_files
from annotate_app.services.labelling import NextItem, Submission
from annotate_app.services.rights import HOLDER
from calibration.triage.design import unit_hash
from rubrics.answers import Answer

PAGE = Path(__file__).parents[3] / "docs" / "waves.md"
BLOCK = re.compile(r"^```(\w+) ?([^\n]*)\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
RUBRIC = """
name: support
criteria:
  - name: grounded
    question: Is every claim supported by the source?
    scale:
      kind: binary
      levels:
        - {name: "yes", description: Every claim is in the source.}
        - {name: "no", description: At least one claim is not.}
failure_modes:
  - {name: invented_fact, description: States what no source says., severity: major, visibility: silent}
"""
STUDY = '[study]\nname = "review"\nraters_per_item = 1\n[judges.checker]\nimport = "checker"\n'


def truth(item: str) -> str:
    return "no" if unit_hash(1, item) < 0.4 else "yes"


def verdict(item: str) -> tuple[str, float]:
    """Wrong in about a quarter of the cases, and mostly unsure where it is wrong."""
    wrong = unit_hash(2, item) < 0.25
    value = {"yes": "no", "no": "yes"}[truth(item)] if wrong else truth(item)
    return value, 0.5 + 0.45 * unit_hash(3, item) * (0.5 if wrong else 1.0)


@pytest.fixture
def review(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """240 answers in two strata, six of them sensitive, with a judge's verdicts; nothing is labelled."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CALIBRANT_DB", raising=False)
    folder = tmp_path / "review"
    folder.mkdir()
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    (folder / "rubric.yaml").write_text(RUBRIC, encoding="utf-8")
    names = [f"a-{k:03}" for k in range(240)]
    lines: list[dict[str, object]] = [
        {"item_id": name, "output": f"We answer question {name}.", "sensitive": k % 40 == 7,
         "stratum": "typical" if k % 6 else "edge"}
        for k, name in enumerate(names)
    ]  # fmt: skip
    for name in names:
        value, confidence = verdict(name)
        lines.append(
            {"item_id": name, "judge": "checker", "criterion": "grounded", "value": value,
             "confidence": round(confidence, 3)}
        )  # fmt: skip
    (folder / "rows.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    desk = open_desk(folder)
    assert import_files(desk, [folder / "rows.jsonl"], role=HOLDER).rejects == ()
    for rater in ("Ada", "Grace"):
        labelling.add_rater(desk, rater)
    desk.close()
    return folder


def answer_everything(folder: Path) -> None:
    """What the raters do between two commands: answer the open waves, as on the Rate page."""
    desk = open_desk(folder)
    raters = ["Ada", "Grace"]
    while raters:
        rater = raters.pop(0)
        upcoming = labelling.next_item(desk, rater)
        if not isinstance(upcoming, NextItem) or not upcoming.wave:
            labelling.release(desk, rater)
            continue
        given, sent = (Answer("grounded", truth(upcoming.item.item_id)),), f"{rater}-{upcoming.token}"
        labelling.submit(desk, Submission(sent, upcoming.token, rater, given, active_seconds=30.0))
        raters.append(rater)
    desk.close()


def matches(shown: str, text: str) -> bool:
    """Whether a command printed the lines that the page shows, in their order; `…` stands for anything."""
    lines = [re.escape(line).replace("…", ".*") for line in shown.splitlines() if line != "…"]
    pattern = ".*?".join(f"^{line}$" for line in lines)
    return re.search(pattern, text, flags=re.DOTALL | re.MULTILINE) is not None


def test_the_page_does_what_it_says(review: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = []
    for language, file, body in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if language == "jsonl":
            (review.parent / file).write_text(body, encoding="utf-8")
        if language != "console":
            continue
        for step in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
            command, _, shown = step.partition("\n")
            if command.startswith("# the raters answer"):
                answer_everything(review)
                continue
            code = main(command.split()[1:])
            printed = capsys.readouterr()
            assert code == 0, printed.err
            assert matches(shown, printed.out), f"$ {command}\nprints\n{printed.out}\nthe page shows\n{shown}"
            done.append(" ".join(command.split()[1:3]))
    assert {"wave plan", "wave draw", "wave list", "wave show", "wave close", "planted add"} <= set(done)
