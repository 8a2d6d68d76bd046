"""A recorded judge behind the provider: what goes out and comes back gives the numbers of the record."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest
from asked_study import by_item

from annotate_app.desk import Desk, open_desk
from annotate_app.services.importing import import_files
from annotate_app.services.judging import run_judge
from annotate_app.services.ratings import ratings
from annotate_app.services.rights import HOLDER
from benchmarks.provider import Body, Provider, Reply, item_text
from calibration.agreement import Options, measure
from rubrics.prompt import fence_item

EXAMPLE = Path(__file__).parents[3] / "examples" / "llm_rubric" / "rubric.yaml"
Recorded = dict[str, dict[str, float]]


@pytest.fixture
def desk(real_data: Path, provider: Provider, tmp_path: Path) -> Desk:
    (tmp_path / "rubric.yaml").write_text(EXAMPLE.read_text(encoding="utf-8"))
    (tmp_path / "study.toml").write_text(
        f'[study]\nname = "dialogues"\n[judges.m]\nmodel = "openai/some-model"\ncriteria = ["Q0"]\n'
        f'confidence = ["logprobs"]\nconcurrency = 32\n'
        f'[judges.m.parameters]\napi_base = "{provider.address}"\n'
    )
    files = [real_only(real_data, tmp_path, name) for name in ("items", "human")]
    found = open_desk(tmp_path)
    import_files(found, files, not_applicable=("0",), role=HOLDER)
    return found


def real_only(real_data: Path, folder: Path, name: str) -> Path:
    """The rows of the real dialogues (the synthetic ones have no text)."""
    lines = (real_data / "llm_rubric" / f"{name}.jsonl").read_text().splitlines()
    kept = [line for line in lines if json.loads(line)["item_id"].startswith("real:")]
    (folder / f"{name}.jsonl").write_text("\n".join(kept) + "\n")
    return folder / f"{name}.jsonl"


def recorded(real_data: Path) -> Recorded:
    """The recorded judge's probabilities of 1 to 4 on Q0, by item."""
    rows = map(json.loads, (real_data / "llm_rubric" / "judge.jsonl").read_text().splitlines())
    return {row["item_id"]: row["probs"] for row in rows if row["criterion"] == "Q0"}


def played(messages: dict[str, dict[str, float]]) -> Callable[[Body, int], Reply]:
    """A provider that gives the record's most probable answer with the record's token probabilities."""

    def script(body: Body, _: int) -> Reply:
        probs = messages[item_text(body)]
        best = max(probs, key=lambda answer: probs[answer])
        told, rest = '{"Q0": {"rationale": "As recorded.", "answer": ', "}}"
        instead = {answer: math.log(p) for answer, p in probs.items() if p > 0}
        return Reply(
            told + best + rest, tokens=((told, 0.0, {}), (best, instead[best], instead), (rest, 0.0, {}))
        )

    return script


def test_expected_scores_from_token_probabilities_are_those_of_the_record(
    desk: Desk, provider: Provider, real_data: Path
) -> None:
    probs = recorded(real_data)
    with desk.store.reading() as session:
        from annotate_app.store.items import all_items

        items = all_items(session, desk.study_id)
    messages = {fence_item(item).text: probs[item.item_id] for item in items}
    assert len(messages) == 223  # no two dialogues read the same
    provider.script = played(messages)
    run = run_judge(desk, "m", role=HOLDER)
    assert (run.items, dict(run.statuses)) == (223, {"observed": 223})
    found = by_item(desk, "Q0")
    for item_id, verdict in found.items():
        total = sum(probs[item_id].values())
        wanted = sum(int(answer) * p for answer, p in probs[item_id].items()) / total
        assert verdict.expected == pytest.approx(wanted, abs=2e-6)
        assert verdict.confidence == pytest.approx(max(probs[item_id].values()) / total, abs=2e-6)
    measured = measure(ratings(desk), Options(reference="mean", judge_field="expected"))
    estimates = measured.criteria["Q0"].judges["m"].estimates
    # the published figure of the file: RMSE .918676 of the expected score and the rater, n 223
    assert estimates["rmse"].value == pytest.approx(0.918676, abs=2e-6)
    desk.close()
