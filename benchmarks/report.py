"""A whole report in a cold process: 20 criteria × 5 judges × 5 slices with every interval, out of SQLite."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annotate_app.services.rights import HOLDER

ROOT = Path(__file__).resolve().parents[1]
CRITERIA, JUDGES, RATERS, STRATA = 20, 5, 5, ("typical", "edge", "adversarial", "long")
LEVELS = ("bad", "poor", "fair", "good", "excellent")
SHARES = (0.1, 0.15, 0.2, 0.25, 0.3)


@dataclass(frozen=True)
class Cold:
    """What one cold process took; seconds of wall and CPU time, peak resident memory in MB."""

    labels: int
    verdicts: int
    estimates: int
    wall: float
    cpu: float
    peak: float
    database: float
    stages: dict[str, float]


def cold_report(items: int, *, runs: int = 3) -> Cold:
    """Build a study with so many items, then measure it in fresh processes; the quickest of them counts."""
    folder = Path(tempfile.mkdtemp(prefix="calibrant-bench-"))
    try:
        build(folder, items)
        found = [_child(folder, items) for _ in range(runs)]
    finally:
        shutil.rmtree(folder)
    return min(found, key=lambda cold: cold.wall)


def build(folder: Path, items: int) -> None:
    """A study of ordinal criteria, imported through the product's own bulk path."""
    from annotate_app.desk import open_desk
    from annotate_app.services.importing import import_files

    (folder / "study.toml").write_text('[study]\nname = "bench"\nkey = "bench"\n', encoding="utf-8")
    (folder / "rubric.yaml").write_text(rubric(), encoding="utf-8")
    rows = folder / "rows.jsonl"
    with rows.open("w", encoding="utf-8") as file:
        for line in records(items):
            file.write(line)
    desk = open_desk(folder)
    import_files(desk, [rows], strict=True, role=HOLDER)
    desk.close()
    rows.unlink()


def rubric() -> str:
    """20 criteria on one five-level scale."""
    levels = "".join(
        f"        - {{name: {name}, value: {k}, description: d{k}, example: e{k}}}\n"
        for k, name in enumerate(LEVELS, start=1)
    )
    scale = f"    scale:\n      kind: ordinal\n      levels:\n{levels}"
    criteria = "".join(f"  - name: c{k}\n    question: Is it so {k}?\n{scale}" for k in range(CRITERIA))
    return f"name: bench\npurpose: Measures how long a report takes.\ncriteria:\n{criteria}"


def records(items: int) -> Iterator[str]:
    """Items, then all labels, then all verdicts, as JSON lines."""
    rng = np.random.default_rng(7)
    for item in range(items):
        stratum = STRATA[item % len(STRATA)]
        yield f'{{"item_id": "i{item}", "output": "text {item}", "stratum": "{stratum}"}}\n'
    for k in range(CRITERIA):
        truth = rng.choice(len(LEVELS), size=items, p=SHARES)
        for who, number, skill in (("rater", RATERS, 0.75), ("judge", JUDGES, 0.65)):
            for one in range(number):
                said = answers(truth, skill + 0.03 * one, rng)
                name = f'"{who}": "{who}{one}", "criterion": "c{k}"'
                for item, code in enumerate(said.tolist()):
                    yield f'{{"item_id": "i{item}", {name}, "value": "{LEVELS[code]}"}}\n'


def answers(truth: NDArray[np.int64], skill: float, rng: np.random.Generator) -> NDArray[np.int64]:
    blind = rng.choice(len(LEVELS), size=len(truth), p=SHARES)
    return np.where(rng.random(len(truth)) < skill, truth, blind)


def _child(folder: Path, items: int) -> Cold:
    start = time.perf_counter()
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.report", str(folder)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    wall = time.perf_counter() - start
    found = json.loads(run.stdout.splitlines()[-1])
    database = sum(path.stat().st_size for path in folder.glob("calibrant.db*")) / 1e6
    count = items * CRITERIA
    return Cold(labels=count * RATERS, verdicts=count * JUDGES, wall=wall, database=database, **found)


def measured(folder: Path) -> dict[str, object]:
    """In the child: open the study, read every criterion, estimate everything overall and per stratum."""
    stages: dict[str, float] = {}
    start = time.perf_counter()
    from annotate_app.desk import open_desk
    from annotate_app.services.ratings import ratings
    from calibration.agreement import Options, measure

    stages["imports"] = time.perf_counter() - start
    start = time.perf_counter()
    desk = open_desk(folder)
    found = ratings(desk)
    stages["rows to arrays"] = time.perf_counter() - start
    start = time.perf_counter()
    agreement = measure(found, Options(by="stratum"))
    stages["estimates"] = time.perf_counter() - start
    desk.close()
    slices = [agreement.criteria, *agreement.strata.values()]
    criteria = [criterion for part in slices for criterion in part.values()]
    estimates = sum(
        len(c.humans.estimates) + sum(len(j.estimates) for j in c.judges.values()) for c in criteria
    )
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = used.ru_utime + used.ru_stime
    return {"estimates": estimates, "cpu": cpu, "peak": peak_megabytes(), "stages": stages}


def peak_megabytes() -> float:
    """Peak resident memory of this process: VmHWM on Linux, where ru_maxrss starts at the parent's peak."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    scale = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


if __name__ == "__main__":
    print(json.dumps(measured(Path(sys.argv[1]))))
