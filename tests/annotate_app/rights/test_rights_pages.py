"""Every page as every role, by its address and with a held-out item in it: no mark that is not theirs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from desk_client import Client, ask
from marked_study import Marked
from one_page import opened
from streamlit.testing.v1 import AppTest

from annotate_app.services import labelling, periodic
from annotate_app.services.rights import HOLDER, ROLES, Role
from annotate_app.services.targeting import draw_wave
from annotate_app.ui import host
from annotate_app.ui.app import OFFERED, PAGES
from annotate_app.ui.rating_desk.identity import signer_of
from calibration.splits import DEVELOPMENT, HELD_OUT, SPLITS, VALIDATION
from calibration.triage.design import Design

VIEWS = {path: view.__module__.rpartition(".")[2] for path, _, _, view in PAGES}
DEEP = ("items", "work", "rate", "triage")  # what an address can name an item of
RATERS_OWN = ("rate", "work", "items", "rubric", "studies")


@pytest.fixture(scope="module")
def served(marked: Marked) -> Iterator[Marked]:
    """The study as the server has it, with a report, and a wave of held-out items that waits for cyd."""
    patch = pytest.MonkeyPatch()
    patch.setenv(host.STUDY_VARIABLE, str(marked.desk.folder))
    patch.delenv("CALIBRANT_DB", raising=False)
    host.close()
    periodic.make_report(marked.desk, role="owner")
    draw_wave(marked.desk, Design("random", 8, raters=3), split=HELD_OUT, by="lea", role=HOLDER)
    yield marked
    host.close()
    patch.undo()


def everything(app: AppTest) -> str:
    """All that went to the browser: every element of the page as it was sent."""
    assert not app.exception
    found: list[str] = []

    def walk(node: Any) -> None:
        if (proto := getattr(node, "proto", None)) is not None:
            found.append(str(proto))
        for child in getattr(node, "children", {}).values():
            walk(child)

    walk(app._tree)
    return "\n".join(found)


def opened_at(path: str, role: Role, item: str, rater: str = "ada") -> AppTest:
    app = opened(VIEWS[path], role)
    app.query_params["rater"] = rater
    for name in ("item", "own"):
        app.query_params[name] = item
    app.session_state["cal-item"] = app.session_state["cal-own"] = item
    app.session_state["cal-rater"] = rater
    return app.run()


@pytest.mark.parametrize("path", list(VIEWS))
def test_a_page_sends_no_mark_that_its_role_may_not_see_and_works_where_it_is_offered(
    path: str, served: Marked
) -> None:
    for role in ROLES:
        said = everything(opened(VIEWS[path], role))
        assert path not in OFFERED[role] or "This needs the role" not in said, f"{role} is offered {path}"
        if path == "audit" and role == "owner":  # names the items that something was done to
            assert not served.leaks(role, said, names=False)
            continue
        assert not served.leaks(role, said), f"{role}: {path}"
        for split in SPLITS if path in DEEP else ():
            item = served.items[split][3]
            deep = everything(opened_at(path, role, item)).replace(item, "ASKED")
            assert not served.leaks(role, deep), f"{role}: {path}?item={item} ({split})"


def test_marks_reach_the_pages_that_may_show_them(served: Marked) -> None:
    """Else a page that shows nothing at all would pass."""
    item = served.items[HELD_OUT][3]
    assert "mark-held_out-label-bob" in everything(opened_at("items", "lead", item))
    assert "mark-held_out-label-ada" in everything(opened_at("work", "rater", item))
    dev = served.items[DEVELOPMENT][3]
    assert "mark-development-verdict" in everything(opened_at("items", "engineer", dev))


@pytest.mark.parametrize("path", RATERS_OWN)
def test_a_rater_reads_no_split_and_no_purpose(path: str, served: Marked) -> None:
    for split in (VALIDATION, HELD_OUT):
        said = everything(opened_at(path, "rater", served.items[split][3]))
        said = re.sub(r"mark-[a-z_]+-", "mark-", said)
        for word in ("held_out", "held-out", "validation", "planted", '"gold"', "wave-"):
            assert word not in said, f"{path}: {word}"


@pytest.fixture
def client(served: Marked) -> Client:
    return Client()


def sign_in(client: Client, served: Marked, rater: str = "cyd") -> None:
    ticket = signer_of(served.desk).ticket(rater)
    assert ask(client, "sign-in", {"ticket": ticket}, rater).status_code == 200


def sent(item: str, **changes: object) -> dict[str, object]:
    answer = {"criterion": "grounded", "value": "yes"}
    shown = {"kind": "submission", "submission_id": f"cyd-{item[-12:]:0>12}", "item_id": item}
    return {**shown, "answers": [answer], **changes}


def test_the_desk_tells_a_rater_neither_id_nor_split_nor_purpose(client: Client, served: Marked) -> None:
    sign_in(client, served)
    said = ask(client, "items", {"count": 3}, "cyd").text
    tasks = json.loads(said)["tasks"]
    assert {task["purpose"] for task in tasks} <= {"estimate", "training"}
    assert not served.leaks("rater", said, "cyd")
    for word in ("held_out", "validation", "wave-1", "planted", "mark-"):
        assert word not in said


def test_another_raters_token_and_an_item_that_is_not_there_mean_nothing(
    client: Client, served: Marked
) -> None:
    upcoming = labelling.next_item(served.desk, "ada")
    token = getattr(upcoming, "token", "") or "f" * 32
    sign_in(client, served)
    for named in (token, "no-such-item"):
        for path, body in (
            ("submissions", {"rater": "cyd", "operations": [sent(named)]}),
            ("ask", {"entry_id": "entry-0001", "item_id": named, "text": "what?"}),
        ):
            said = ask(client, path, body, "cyd").text
            assert not served.leaks("rater", said, "cyd") and '"saved":true' not in said.replace(" ", "")


@pytest.mark.parametrize("purpose", ["gold", "planted", "repeat", "search", "anchor"])
def test_a_page_cannot_say_a_purpose_that_it_is_never_told(
    purpose: str, client: Client, served: Marked
) -> None:
    sign_in(client, served)
    body = {"rater": "cyd", "operations": [sent(served.items[DEVELOPMENT][0], purpose=purpose)]}
    assert ask(client, "submissions", body, "cyd").status_code == 422


def test_gold_is_not_explained_to_whoever_says_that_it_was_training(client: Client, served: Marked) -> None:
    sign_in(client, served, "bob")
    said = []
    for item in served.items[DEVELOPMENT][:2]:  # the first has a gold answer; bob has no training round
        body = {"rater": "bob", "operations": [sent(item, purpose="training", submission_id="the-same-id")]}
        said.append(ask(client, "submissions", body, "bob").text)
    assert "mark-development-gold" not in said[0] and '"saved":false' in said[0].replace(" ", "")
    assert said[0] == said[1]  # which of them has one is not told either


def test_other_raters_threads_and_submissions_are_not_theirs(client: Client, served: Marked) -> None:
    sign_in(client, served)
    said = ask(client, "seen", {"thread": 1}, "cyd").text  # bob's question
    assert "another rater's" in said and not served.leaks("rater", said, "cyd")
    undone = {"rater": "cyd", "operations": [{"kind": "undo", "submission_id": "bob-itm000"}]}
    said = ask(client, "submissions", undone, "cyd").text
    assert not served.leaks("rater", said, "cyd")
    assert labelling.last_standing(served.desk, "bob") is not None
