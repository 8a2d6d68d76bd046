"""The terminal obeys nothing that stands in data: no control character, no tag of rich, no forged line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from annotate_app.cli import main, terminal
from annotate_app.desk import open_desk
from annotate_app.services.importing import import_files
from annotate_app.services.labelling import add_rater
from annotate_app.services.rights import HOLDER

OBEYED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
TRICKS = "\x1b[31mred\x1b]0;title\x07 \x9b2J \u202eback [red]tag[/red] [link=https://evil.example]l[/link] \r"
RUBRIC = """
name: tricky
criteria:
  - name: tone
    question: "Tone \\e[31m [blink]?"
    scale: {kind: binary, levels: [{name: "yes [red]"}, {name: "no [/]"}]}
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study with tricks in every text that a command prints."""
    folder = tmp_path / "study"
    folder.mkdir()
    name, note = json.dumps("s [bold] " + TRICKS), json.dumps(TRICKS)
    (folder / "study.toml").write_text(f"[study]\nname = {name}\nnote = {note}\n", encoding="utf-8")
    (folder / "rubric.yaml").write_text(RUBRIC, encoding="utf-8")
    rows: list[dict[str, object]] = []
    for k in range(12):
        about = {"item_id": f"[i]{k}", "criterion": "tone", "rationale": TRICKS}
        rows.append({"item_id": f"[i]{k}", "output": TRICKS, "stratum": "[red]s"})
        for place, rater in enumerate(("[bold]Ada", "Grace [/]")):
            rows.append(about | {"rater": rater, "value": "yes [red]" if (k + place) % 3 else "no [/]"})
        # both raters say yes where k % 3 is 1, and the judge does not
        rows.append(about | {"judge": "[red]j", "value": "no [/]" if k % 3 == 1 else "yes [red]"})
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    desk = open_desk(folder)
    import_files(desk, [folder / "rows.jsonl"], role=HOLDER)
    desk.close()
    return folder


@pytest.mark.parametrize(
    "command",
    [
        "status --study {0}", "import {0}/bad.jsonl --study {0}", "rubric check {0}/rubric.yaml",
        "agreement --human {0}/rows.jsonl --judge {0}/rows.jsonl --rubric {0}/rubric.yaml",
        "modes notes --study {0}", "triage list --study {0}",
        "adjudicate list --study {0}", "raters --study {0}", "report --study {0} --out {0}/out",
    ],
)  # fmt: skip
def test_no_command_prints_what_a_terminal_obeys(
    study: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (study / "bad.jsonl").write_text(
        json.dumps({"item_id": TRICKS, "output": "x"}) + "\n[red]\x1b\n", encoding="utf-8"
    )
    words = command.format(study)
    main(words.split())
    printed = "".join(capsys.readouterr())
    assert len(printed) > 40
    assert not OBEYED.search(printed)


def test_tags_of_rich_are_shown_and_not_followed(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = ("--human", f"{study}/rows.jsonl", "--judge", f"{study}/rows.jsonl")
    assert main(["agreement", *files, "--rubric", f"{study}/rubric.yaml"]) == 0
    assert "[red]j" in capsys.readouterr().out


def test_what_is_printed_as_json_says_the_same_as_before(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.guarded():
        print(json.dumps({"trick": TRICKS}, ensure_ascii=False))
    printed = capsys.readouterr().out
    assert not OBEYED.search(printed)
    assert json.loads(printed) == {"trick": TRICKS}


@given(st.text(max_size=80).filter(lambda text: not text.endswith("\\")))  # rich doubles the last one
def test_a_cell_of_rich_shows_any_text_without_obeying_it(text: str) -> None:
    shown = StringIO()
    Console(file=shown, force_terminal=True, color_system="truecolor", width=10_000, soft_wrap=True).print(
        terminal.words(text), end="", highlight=False, soft_wrap=True, emoji=False
    )
    assert not OBEYED.search(shown.getvalue())
    assert shown.getvalue().split() == terminal.plain(text).split()


def test_a_name_with_a_control_character_is_refused_by_every_door(study: Path) -> None:
    desk = open_desk(study)
    for sign in ("\x1b", "\x00", "\u202e"):
        with pytest.raises(ValueError, match="no invisible signs: U+".replace("+", r"\+")):
            add_rater(desk, f"Ada{sign}")
    assert add_rater(desk, " Ada\r\n Lovelace").name == "Ada Lovelace"
    for field in ("item_id", "stratum", "system"):
        row = {"item_id": "fine", "output": "x"} | {field: "one\ntwo"}
        (study / "one.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
        (reject,) = import_files(desk, [study / "one.jsonl"], role=HOLDER).rejects
        assert "no name may have: U+000A" in str(reject)
    desk.close()


def test_an_error_that_nobody_foresaw_is_told_without_keys_and_controls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code = (
        "import sys; from annotate_app.cli import terminal; sys.excepthook = terminal.tell;"
        "raise RuntimeError('\\x1b[31m no-prefix-0123456789 postgresql://me:hunter22@host/db')"
    )
    monkeypatch.setenv("SOME_API_KEY", "no-prefix-0123456789")
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert "RuntimeError" in told.stderr
    for secret in ("\x1b", "no-prefix", "hunter22"):
        assert secret not in told.stderr
