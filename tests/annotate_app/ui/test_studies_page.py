"""The Studies page: counts for whoever works on the study, and for raters not a word of splits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from one_page import opened, shown

from annotate_app.desk import Desk
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split
from annotate_app.ui import host


@pytest.fixture
def served(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv(host.STUDY_VARIABLE, str(desk.folder))
    yield desk
    host.close()


@pytest.mark.parametrize("frozen", [False, True])
def test_a_rater_is_told_how_many_items_there_are_and_nothing_of_splits(served: Desk, frozen: bool) -> None:
    if frozen:
        freeze_split(served, role=HOLDER)
    said = shown(opened("studies", "rater"))
    assert "6 items" in said
    assert not [word for word in ("split", "development", "held-out", "validation") if word in said]


def test_splits_stand_in_the_order_in_which_they_are_used(served: Desk) -> None:
    freeze_split(served, role=HOLDER)
    said = shown(opened("studies", "lead"))
    places = [said.find(name) for name in ("development", "validation", "held-out") if name in said]
    assert len(places) >= 2 and places == sorted(places)


def test_a_rater_is_led_to_the_page_rate_and_nobody_else_is(served: Desk) -> None:
    assert '<a href="/rate"' in shown(opened("studies", "rater"))
    assert '<a href="/rate"' not in shown(opened("studies", "lead"))
