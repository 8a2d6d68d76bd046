"""`calibrant account list`: whose a link is that nobody has opened yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotate_app.cli import main


def test_an_open_link_says_under_which_name_somebody_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = str(tmp_path / "study")
    assert main(["init", study]) == 0
    for more in (["--rater", "Ada"], []):
        assert main(["account", "invite", "--role", "rater", *more, "--study", study]) == 0
    capsys.readouterr()
    assert main(["account", "list", "--study", study]) == 0
    said = capsys.readouterr().out
    assert "open link 1: invites rater, who goes on as Ada, until" in said
    assert "open link 2: invites rater, until" in said
