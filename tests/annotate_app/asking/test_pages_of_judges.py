"""The pages about judges that ask somebody: what they say is done, and every setting has its line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from annotate_app.cli import main
from annotate_app.study_file import JudgeSection
from benchmarks.provider import Provider

DOCS = Path(__file__).parents[3] / "docs" / "judges"
BLOCK = re.compile(r"^```(\w+) ?([^\n]*)\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
# Settings of other kinds of judge.
OTHERS = {"code", "command", "usd_per_call", "baseline", "panel", "imported"}


def printed(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(command.split()[1:]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def matches(shown: str, text: str) -> bool:
    """Whether a command printed the lines that the page shows, in their order; `…` stands for anything."""
    lines = [re.escape(line).replace("…", ".*") for line in shown.splitlines() if line != "…"]
    return (
        re.search(".*?".join(f"^{line}$" for line in lines), text, flags=re.DOTALL | re.MULTILINE) is not None
    )


@pytest.mark.parametrize("name", ["models", "command"])
def test_a_page_does_what_it_says(
    name: str,
    tmp_path: Path,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CALIBRANT_DB", raising=False)
    done = 0
    for language, file, body in BLOCK.findall((DOCS / f"{name}.md").read_text(encoding="utf-8")):
        if language != "console":
            text = body.replace("http://127.0.0.1:8000/v1", provider.address)
            (tmp_path / file).write_text(text, encoding="utf-8")
            continue
        for step in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
            command, _, shown = step.partition("\n")
            if command.startswith("calibrant "):
                out = printed(command, capsys)
                assert matches(shown, out), f"$ {command}\nprints\n{out}\nthe page shows\n{shown}"
                done += 1
    assert done >= 3


def test_every_setting_of_a_model_has_a_line_with_its_default() -> None:
    text = (DOCS / "models.md").read_text(encoding="utf-8")
    rows: dict[str, str] = dict(re.findall(r"^\| `(\w+)` \| ([^|]*) \|", text, flags=re.MULTILINE))
    fields = {name: field for name, field in JudgeSection.model_fields.items() if name not in OTHERS}
    assert set(rows) == set(fields)
    for name, field in fields.items():
        if isinstance(field.default, int | float) and not isinstance(field.default, bool):
            assert rows[name].strip() == f"{field.default:g}", name


def test_a_step_that_prints_something_else_is_noticed() -> None:
    check: Callable[[str, str], bool] = matches
    assert check("a …\n…\nb", "a 1\nx\ny\nb\n")
    assert not check("a …\nb", "b\na 1\n")
    assert not check("a", "ab\n")
