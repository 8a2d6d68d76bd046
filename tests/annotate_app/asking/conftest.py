"""A study whose judges ask a provider on this machine, through the real client."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# What tests read back is a plain module beside this file; benchmarks is no installed package.
sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[3]))

from asked_study import PAIRS, RUBRIC, write_items

from annotate_app.desk import Desk, open_desk
from annotate_app.services.importing import import_files
from annotate_app.services.rights import HOLDER
from benchmarks.provider import Provider

MakeDesk = Callable[..., Desk]


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A provider that follows the schema it is given, until a test gives it another script."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-a-test")
    with Provider() as running:
        yield running


@pytest.fixture
def make_desk(tmp_path: Path, provider: Provider) -> Iterator[MakeDesk]:
    """Opens a study with a judge `m` that asks the provider; `judge` is more TOML of [judges.m]."""
    opened: list[Desk] = []

    def make(
        judge: str = "", *, parameters: str = "", more: str = "", items: int = 6, rubric: str = RUBRIC
    ) -> Desk:
        (tmp_path / "rubric.yaml").write_text(rubric, encoding="utf-8")
        (tmp_path / "study.toml").write_text(
            f'[study]\nname = "asked"\n[judges.m]\nmodel = "openai/some-model"\n{judge}\n'
            f'[judges.m.parameters]\napi_base = "{provider.address}"\n{parameters}\n{more}\n',
            encoding="utf-8",
        )
        desk = open_desk(tmp_path)
        opened.append(desk)
        if items:
            import_files(
                desk, [write_items(tmp_path / "items.jsonl", items, pairs=rubric == PAIRS)], role=HOLDER
            )
        return desk

    yield make
    for desk in opened:
        desk.close()
