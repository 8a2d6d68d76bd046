"""The rating desk's routes: who is answered, what is refused, and that sending twice stores once."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path

import pytest
from desk_client import Client, ask

from annotate_app.desk import Desk
from annotate_app.services import labelling
from annotate_app.services.meaning import item_meant
from annotate_app.store import labels as label_store
from annotate_app.ui import host
from annotate_app.ui.rating_desk import remembering, routes
from annotate_app.ui.rating_desk.identity import KEY_FILE, Signer, signer
from rubrics.evidence import Passage, from_json

HELPFUL = {"criterion": "helpful", "value": 3}


@pytest.fixture
def client(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A browser's side of the routes, over the desk of the tests."""
    monkeypatch.setattr(host, "desk", lambda: desk)
    monkeypatch.setattr(host, "has_study", lambda: True)
    return Client()


def sign_in(client: Client, desk: Desk, rater: str = "ada") -> None:
    assert ask(client, "sign-in", {"ticket": signer(desk.folder).ticket(rater)}, rater).status_code == 200


def sent(item: str, number: int = 1, **changes: object) -> dict[str, object]:
    answers = [{"criterion": "grounded", "value": "yes"}, {"criterion": "helpful", "value": 3}]
    return {
        "kind": "submission",
        "submission_id": f"00000000-{number:04}",
        "item_id": item,
        "answers": answers,
        **changes,
    }


def outbox(*operations: Mapping[str, object], rater: str = "ada") -> dict[str, object]:
    return {"rater": rater, "operations": list(operations)}


def given(client: Client, count: int = 1) -> list[str]:
    """The tokens of the items that the page was given."""
    tasks = ask(client, "items", {"count": count}).json()["tasks"]
    return [task["item_id"] for task in tasks]


def stored(desk: Desk) -> int:
    with desk.store.reading() as session:
        return len(list(label_store.journal(session, desk.study_id)))


@pytest.mark.parametrize("path", ["items", "submissions", "release", "sign-out"])
def test_nobody_is_answered_without_the_cookie(client: Client, path: str) -> None:
    assert ask(client, path, {}).status_code == 401


def test_a_page_that_another_process_answers_stores_nothing_before_it_has_asked_what_is_known(
    client: Client, desk: Desk
) -> None:
    sign_in(client, desk)
    (item,) = given(client)
    strange = outbox(sent(item)) | {"process": "another"}
    assert ask(client, "submissions", strange).json() == {"process": remembering.PROCESS}
    assert stored(desk) == 0
    known = outbox(sent(item)) | {"process": remembering.PROCESS}
    assert ask(client, "submissions", known).json()["results"][0]["saved"]


def test_a_page_is_told_what_of_its_own_the_database_lacks(client: Client, desk: Desk) -> None:
    sign_in(client, desk)
    one, two = given(client, 2)
    sign_in(client, desk, "bob")
    undo = {"kind": "undo", "submission_id": "00000000-0002"}
    ask(client, "submissions", outbox(sent(one, 1), sent(two, 2), undo))
    ids = ["00000000-0001", "00000000-0002", "undo:00000000-0001", "undo:00000000-0002", "00000000-0003"]
    told = ask(client, "known", {"ids": ids}).json()
    assert told == {"process": remembering.PROCESS, "unknown": [ids[2], ids[4]]}
    assert ask(client, "known", {"ids": ids}, "bob").json()["unknown"] == ids


def test_answers_find_their_item_by_the_seal_when_the_token_is_forgotten(client: Client, desk: Desk) -> None:
    sign_in(client, desk)
    (task, *_) = ask(client, "items", {"count": 1}).json()["tasks"]
    forgotten = sent("0" * 32, seal=task["seal"])
    (result,) = ask(client, "submissions", outbox(forgotten)).json()["results"]
    assert result["saved"]
    assert item_meant(desk, "ada", task["item_id"]) in answered_by(desk, "ada")
    sign_in(client, desk, "bob")
    other = outbox(sent("0" * 32, 2, seal=task["seal"]), rater="bob")
    assert not ask(client, "submissions", other, "bob").json()["results"][0]["saved"]
    assert not answered_by(desk, "bob")


@pytest.mark.parametrize("purpose", ["estimate", "training"])
def test_an_item_that_was_never_given_is_not_answered_by_naming_it(
    client: Client, desk: Desk, purpose: str
) -> None:
    sign_in(client, desk)
    for named in ("i5", "nowhere"):
        result = ask(client, "submissions", outbox(sent(named, purpose=purpose))).json()["results"][0]
        assert not result["saved"]
        assert result["problems"] == [{"criterion": "", "message": remembering.NEVER_GIVEN}]
    assert stored(desk) == 0


def test_an_item_that_is_reserved_or_rated_may_be_named_by_its_id(client: Client, desk: Desk) -> None:
    sign_in(client, desk)
    (token,) = given(client)
    named = item_meant(desk, "ada", token)
    for number in (1, 2):  # while it is reserved, and a change of what is stored
        assert ask(client, "submissions", outbox(sent(named, number))).json()["results"][0]["saved"]


def answered_by(desk: Desk, rater: str) -> set[str]:
    with desk.store.reading() as session:
        return {one.item_id for one in label_store.journal(session, desk.study_id) if one.rater == rater}


def test_a_cookie_that_we_did_not_sign_is_none(client: Client, desk: Desk) -> None:
    keys = signer(desk.folder)
    client.cookies.set(keys.cookie_name("ada"), Signer(b"x" * 64).cookie("ada"), path="/desk")
    assert ask(client, "items", {}).status_code == 401


def test_a_ticket_is_no_cookie_and_another_names_ticket_signs_nobody_in(client: Client, desk: Desk) -> None:
    keys = signer(desk.folder)
    assert keys.of_cookie(keys.ticket("ada")) is None
    assert ask(client, "sign-in", {"ticket": keys.ticket("bob")}, "ada").status_code == 401


def test_another_raters_cookie_under_this_name_is_refused(client: Client, desk: Desk) -> None:
    keys = signer(desk.folder)
    client.cookies.set(keys.cookie_name("ada"), keys.cookie("bob"), path="/desk")
    assert ask(client, "items", {}).status_code == 403


def test_answers_of_another_rater_are_refused(client: Client, desk: Desk) -> None:
    sign_in(client, desk)
    assert ask(client, "submissions", outbox(sent("i0"), rater="bob")).status_code == 403
    assert stored(desk) == 0


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://evil.example"}, {"origin": ""}, {"sec_fetch_site": "cross-site"}, {routes.MARK: ""}],
)
def test_requests_of_other_sites_are_refused(client: Client, desk: Desk, headers: dict[str, str]) -> None:
    sign_in(client, desk)
    assert ask(client, "submissions", outbox(sent("i0")), **headers).status_code == 403
    assert stored(desk) == 0


def test_what_is_acknowledged_is_stored_and_sent_again_stored_once(client: Client, desk: Desk) -> None:
    sign_in(client, desk)
    one, two = given(client, 2)
    first = ask(client, "submissions", outbox(sent(one))).json()["results"][0]
    again = ask(client, "submissions", outbox(sent(one), sent(two, 2))).json()["results"]
    assert (first["saved"], first["duplicate"]) == (True, False)
    assert [(r["saved"], r["duplicate"]) for r in again] == [(True, True), (True, False)]
    assert stored(desk) == 4  # two items with two answers each


def test_what_the_rubric_refuses_is_named_and_the_rest_is_stored(client: Client, desk: Desk) -> None:
    sign_in(client, desk)
    one, two = given(client, 2)
    wrong = sent(one, answers=[{"criterion": "grounded", "value": "maybe"}])
    results = ask(client, "submissions", outbox(wrong, sent(two, 2), sent("nowhere", 3))).json()["results"]
    assert [r["saved"] for r in results] == [False, True, False]
    assert {p["criterion"] for p in results[0]["problems"]} == {"grounded", "helpful"}
    assert results[2]["problems"][0]["message"] == remembering.NEVER_GIVEN
    assert stored(desk) == 2


def test_an_undo_sent_twice_takes_back_once(client: Client, desk: Desk) -> None:
    sign_in(client, desk)
    undo = {"kind": "undo", "submission_id": "00000000-0002"}
    one, two = given(client, 2)
    ask(client, "submissions", outbox(sent(one), sent(two, 2), undo))
    repeated = ask(client, "submissions", outbox(undo)).json()["results"][0]
    assert repeated["duplicate"] is True
    assert labelling.progress(desk, "ada").done == 1
    assert stored(desk) == 6  # two items with two answers, one of them withdrawn


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"rater": "ada", "operations": []},
        outbox(sent("i0", unknown=1)),
        outbox(sent("i0", active_seconds=-1)),
        [],
    ],
)
def test_what_is_not_the_desks_language_is_refused(client: Client, desk: Desk, body: object) -> None:
    sign_in(client, desk)
    assert ask(client, "submissions", body).status_code == 422
    assert stored(desk) == 0


def test_too_much_at_once_is_refused(client: Client, desk: Desk) -> None:
    sign_in(client, desk)
    assert ask(client, "submissions", "x" * (routes.LARGEST_BODY + 1)).status_code == 413


def test_items_come_reserved_in_turn_and_none_twice(client: Client, desk: Desk) -> None:
    sign_in(client, desk)
    first = ask(client, "items", {"count": 3}).json()
    held = [{"item_id": t["item_id"], "purpose": t["purpose"]} for t in first["tasks"]]
    second = ask(client, "items", {"count": 3, "held": held, "rubric_sha256": desk.rubric.sha256}).json()
    names = [t["item_id"] for t in (*first["tasks"], *second["tasks"])]
    assert len(first["tasks"]) == 3
    assert len(set(names)) == len(names) == 4  # near the end of a queue no more than one beyond three
    assert first["form"]["sha256"] == desk.rubric.sha256
    assert second["form"] is None


def test_items_carry_nothing_of_their_origin(client: Client, desk: Desk) -> None:
    sign_in(client, desk)
    text = ask(client, "items", {"count": 3}).text
    for hidden in ('"v1"', "stratum", "cluster", "system", "split"):
        assert hidden not in text


def test_leaving_gives_the_reservations_back(client: Client, desk: Desk) -> None:
    sign_in(client, desk)
    tasks = ask(client, "items", {"count": 3}).json()["tasks"]
    kept = {"item_id": tasks[0]["item_id"], "purpose": tasks[0]["purpose"]}
    assert ask(client, "release", {"keep": [kept]}).json() == {"released": 2}
    assert ask(client, "sign-out", {}).json() == {"released": 1}
    assert ask(client, "items", {}).status_code == 401


def test_the_key_is_the_owners_alone_and_stays_the_same(tmp_path: Path) -> None:
    first = signer(tmp_path)
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    signer.cache_clear()
    assert signer(tmp_path) == first
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_evidence_is_stored_where_the_item_has_it_and_refused_elsewhere(client: Client, desk: Desk) -> None:
    sign_in(client, desk)
    task = ask(client, "items", {"count": 1}).json()["tasks"][0]
    text = task["texts"]["output"]
    right = {"field": "output", "start": 1, "end": 4, "text": text[1:4]}
    for wrong in (
        {**right, "text": "not there"},
        {**right, "field": "context"},
        {**right, "start": 2},
        {**right, "end": len(text) + 9},
    ):
        answers = [{"criterion": "grounded", "value": "yes", "evidence": [wrong]}, HELPFUL]
        refused = ask(client, "submissions", outbox(sent(task["item_id"], answers=answers))).json()[
            "results"
        ][0]
        assert [problem["criterion"] for problem in refused["problems"]] == ["grounded"]
    answers = [{"criterion": "grounded", "value": "yes", "evidence": [right]}, HELPFUL]
    unchosen = sent(task["item_id"], answers=answers, evidence=[{**right, "failure_mode": "invented_source"}])
    assert not ask(client, "submissions", outbox(unchosen)).json()["results"][0]["saved"]
    assert stored(desk) == 0
    chosen = {**unchosen, "failure_modes": ["invented_source"]}
    assert ask(client, "submissions", outbox(chosen)).json()["results"][0]["saved"]
    with desk.store.reading() as session:
        found = {e.criterion: from_json(e.evidence) for e in label_store.journal(session, desk.study_id)}
    of_answer = Passage("output", 1, 4, text[1:4])
    of_mode = Passage("output", 1, 4, text[1:4], "invented_source")
    assert found == {"grounded": (of_answer, of_mode), "helpful": (of_mode,)}


def test_a_name_that_left_the_list_is_refused(client: Client, desk: Desk) -> None:
    sign_in(client, desk, "zoe")
    assert ask(client, "items", {}, "zoe").status_code == 403
