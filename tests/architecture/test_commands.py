"""Every command answers a wrong option with exit code 1 and `--help` with its purpose."""

from __future__ import annotations

import pytest

from annotate_app.cli import commands, main

NAMES = sorted(commands())


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_option_exits_with_one(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([*name.split(), "--no-such-option"])
    assert stopped.value.code == 1
    assert "calibrant" in capsys.readouterr().err


@pytest.mark.parametrize("name", NAMES)
def test_help_says_what_a_command_is_for(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([*name.split(), "--help"])
    assert stopped.value.code == 0
    assert len(capsys.readouterr().out) > 60


def test_an_unknown_command_exits_with_one() -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["no-such-command"])
    assert stopped.value.code == 1


def test_no_command_at_all_prints_help_and_exits_with_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 1
    assert "COMMAND" in capsys.readouterr().err
