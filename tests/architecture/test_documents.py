"""Documents stay true: generated blocks are fresh, numbers in the prose are theirs, links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from urllib.request import urlopen

import pytest
import warm

from annotate_app.study_file import MonitorSection
from benchmarks.people.ports import free_port
from calibration import policy_sections as policy
from calibration.readers import records
from calibration.stats import obstacles
from calibration.stats.agreement import COEFFICIENTS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
sys.path.insert(0, str(ROOT))  # benchmarks is no installed package

blocks = import_module("benchmarks.blocks")
conformance = import_module("benchmarks.conformance")
why = import_module("benchmarks.why.__main__")

PAGES = sorted(DOCS.rglob("*.md"))
MADE_ELSEWHERE = ("docs/validity/", "docs/reference/")  # by `make validity` and `make reference`
NUMBER = re.compile(r"(?<![\w.])−?\d*\.\d+%?|\d+%")
# Numbers that the prose chooses or quotes as settings, not as results.
CHOSEN = {
    "95%", "5%", "85%", "80%", ".60", "0.60", ".10", "−.10", ".05", "1.96", ".6", ".2", ".8", ".1", ".3",
    "0.7", "0.75", "0.01",
}  # fmt: skip


@pytest.mark.parametrize("name", why.PAGES)
def test_the_block_of_a_why_page_is_what_its_script_prints(name: str) -> None:
    page = DOCS / "why" / f"{name.replace('_', '-')}.md"
    assert blocks.block_of(page) == why.block(name).strip(), "run `python -m benchmarks.why`"


@pytest.mark.parametrize("name", why.PAGES)
def test_numbers_in_the_prose_of_a_why_page_come_from_its_block(name: str) -> None:
    page = DOCS / "why" / f"{name.replace('_', '-')}.md"
    block = blocks.block_of(page).replace("-", "−")
    prose = blocks.PATTERN.sub("", page.read_text(encoding="utf-8"))
    strangers = [n for n in NUMBER.findall(prose) if n not in CHOSEN and n not in block]
    assert not strangers


def test_the_statistics_page_names_every_coefficient() -> None:
    text = (DOCS / "statistics.md").read_text(encoding="utf-8")
    stems = {name: re.sub("_(linear|quadratic|ordinal|interval|ratio)$", "", name) for name in COEFFICIENTS}
    assert not [name for name, stem in stems.items() if f"`{stem}`" not in text and f"`{name}`" not in text
                and f"`{stem}_nominal`" not in text]  # fmt: skip


def test_the_statistics_page_has_the_limits_of_the_code() -> None:
    text = (DOCS / "statistics.md").read_text(encoding="utf-8")
    section = text.split("## Too few")[1].split("\n## ")[0]
    assert f"fewer than {obstacles.TOO_FEW_OF_CLASS} items of the rarest class" in section
    assert f"fewer than {obstacles.TOO_FEW_CLUSTERS} independent items" in section
    assert f"fewer than {obstacles.FEW_CLUSTERS} of them" in section
    assert f"fewer than {obstacles.FEW_OF_CLASS} of them" in section
    assert f"under {obstacles.FEW_DF:g} degrees" in section


def test_the_policy_page_names_every_key_with_its_default() -> None:
    text = (DOCS / "policy.md").read_text(encoding="utf-8")
    keys = [*policy.PolicySection.model_fields, *policy.CriterionSection.model_fields]
    assert not [key for key in keys if f"`{key}`" not in text]
    for name, field in policy.PolicySection.model_fields.items():
        if isinstance(field.default, float | int):
            shown = f"{field.default:.2f}" if isinstance(field.default, float) else str(field.default)
            assert f"| `{name}` | {shown} |" in text


def test_the_monitoring_page_names_every_key_with_its_default() -> None:
    text = (DOCS / "monitoring.md").read_text(encoding="utf-8")
    for name, field in MonitorSection.model_fields.items():
        assert f"| `{name}" in text
        if isinstance(field.default, float | int):
            assert f"| `{name}` | {field.default:g} |" in text


def test_the_formats_page_names_every_field() -> None:
    text = (DOCS / "formats.md").read_text(encoding="utf-8")
    fields = {*records.ITEM_FIELDS, *records.LABEL_FIELDS, *records.VERDICT_FIELDS}
    assert not [field for field in fields if f"`{field}`" not in text]


def test_the_conformance_page_is_what_its_script_prints() -> None:
    page, now = blocks.block_of(DOCS / "conformance.md"), conformance.block().strip()
    if page.splitlines()[0] != now.splitlines()[0]:
        pytest.skip(f"made with other packages than are here: {now.splitlines()[0]}")
    assert page == now, "run `python -m benchmarks conformance`"


def test_every_why_page_has_a_script_and_stands_in_the_index() -> None:
    pages = {path.stem for path in (DOCS / "why").glob("*.md")}
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    assert pages == {name.replace("_", "-") for name in why.PAGES}
    assert not [page for page in pages if f"(why/{page}.md)" not in index]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(DOCS)))
def test_relative_links_lead_to_files(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = [t.split("#")[0] for t in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in t]
    paths = [(page.parent / t).resolve() for t in targets if t]
    made = [str(p.relative_to(ROOT)).startswith(MADE_ELSEWHERE) for p in paths]
    assert not [str(p) for p, later in zip(paths, made, strict=True) if not later and not p.exists()]


@pytest.mark.journey
@pytest.mark.parametrize(
    ("page", "least"),
    [
        ("tutorial.md", 15),
        ("ci.md", 15),
        ("monitoring.md", 6),
        ("reports.md", 3),
        ("adjudication.md", 7),
        ("exchange.md", 3),
        ("triage.md", 13),
        ("staged-looks.md", 14),
        ("operations.md", 1),
    ],
)
def test_a_page_of_commands_does_what_it_says(page: str, least: int, tmp_path: Path) -> None:
    done, text = 0, (DOCS / page).read_text(encoding="utf-8")
    for info, body in re.findall(r"^```(\w[^\n]*)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE):
        language, _, name = info.partition(" ")
        if language == "console":
            for step in steps(body, fresh=page == "tutorial.md"):
                step.check(tmp_path)
                done += 1
        elif name:
            write(tmp_path, name, body)
    assert done > least


@dataclass(frozen=True)
class Step:
    """One command of a console block: what to type, its exit code and the lines shown below it.

    A `fresh` one starts an interpreter of its own, as all do with CALIBRANT_COLD=1.
    """

    command: str
    code: int
    shown: tuple[str, ...]
    fresh: bool

    def check(self, folder: Path) -> None:
        if "Ctrl-C" in self.command:
            return check_server(self.command, folder)
        run = self.run(folder)
        assert run.returncode == self.code, f"$ {self.command}\n{run.stdout}{run.stderr}"
        wanted = [
            re.escape(line.rstrip()).replace("…", ".*") + r"[ \t]*" for line in self.shown if line != "…"
        ]
        pattern = "".join(rf"^{line}$.*?" for line in wanted)
        found = re.search(pattern, run.stdout, flags=re.DOTALL | re.MULTILINE)
        assert found, f"$ {self.command}\nprints\n{run.stdout}\nthe page shows\n" + "\n".join(self.shown)
        return None

    def run(self, folder: Path) -> subprocess.CompletedProcess[str]:
        """In a shell; one plain `calibrant …` in a process that has it imported, except on the tutorial."""
        if re.fullmatch(r"calibrant [\w\s./=:,@%+-]*(#.*)?", self.command) and not self.fresh:
            words = shlex.split(self.command, comments=True)[1:]
            return warm.Run(warm.OTHER, words, place=warm.Place(folder, environment())).ended(600)
        command = ["bash", "-c", self.command]
        return subprocess.run(
            command, cwd=folder, env=environment(), capture_output=True, text=True, check=False
        )


def steps(body: str, *, fresh: bool) -> list[Step]:
    """The commands of a console block."""
    made = []
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, *shown = part.rstrip("\n").split("\n")
        code = re.search(r"# exit code (\d)", command)
        made.append(Step(command, int(code[1]) if code else 0, tuple(shown), fresh))
    return made


def write(folder: Path, name: str, body: str) -> None:
    """A block named after its file is that file; `>> file` is appended."""
    path = folder / name.removeprefix(">> ")
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text(encoding="utf-8") if name.startswith(">> ") else ""
    path.write_text(before + body, encoding="utf-8")


def check_server(command: str, folder: Path) -> None:
    """It answers on its port, until it is told to stop."""
    port = free_port()
    words = [*command.split("#")[0].split(), "--port", str(port)]
    with subprocess.Popen(
        words, cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            assert answers(port, server), f"$ {command}: nothing answers on port {port}"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=30)


def answers(port: int, server: subprocess.Popen[bytes]) -> bool:
    until = time.monotonic() + 120  # a machine that is busy takes long to start one
    while time.monotonic() < until:
        if server.poll() is not None:
            return False
        try:
            with urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
                return bool(page.status == 200)
        except OSError:
            time.sleep(0.1)
    return False


def environment() -> dict[str, str]:
    """Ours, with this interpreter's commands first and no study settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CALIBRANT_")}
    ours = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}", "COLUMNS": "140"}
    return kept | ours | plugin_settings()


def plugin_settings() -> dict[str, str]:
    """Nothing where the package is installed with its pytest plugin; else what loads it from the checkout."""
    if any(point.name == "calibrant" for point in entry_points(group="pytest11")):
        return {}
    return {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "annotate_app.pytest_plugin"}


def test_the_report_benchmark_measures_a_small_study() -> None:
    report = import_module("benchmarks.report")
    cold = report.cold_report(12, runs=1)
    assert (cold.labels, cold.verdicts) == (12 * 20 * 5, 12 * 20 * 5)  # items × criteria × raters, or judges
    assert cold.estimates > 20 * 5 * 5  # more than one number per criterion, judge and slice
    assert set(cold.stages) == {"imports", "rows to arrays", "estimates"}


def test_the_replay_on_the_targeting_page_keeps_the_targets() -> None:
    lines = blocks.block_of(DOCS / "targeting.md").splitlines()
    replayed = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "0/" in line]
    assert len(replayed) == 36  # twelve judges and criteria, three designs with known, unequal π
    for pool, design, _, bias, coverage, _, rate_bias, rate_coverage, _ in replayed:
        assert max(abs(float(bias)), abs(float(rate_bias))) <= 0.01, (pool, design)
        assert float(rate_coverage) >= 0.93, (pool, design)
        assert "†" in coverage or float(coverage) >= 0.93, (pool, design)
