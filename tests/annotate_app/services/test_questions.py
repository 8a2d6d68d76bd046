"""Ask the lead: threads between one rater and the lead, append-only, and rulings for all."""

from __future__ import annotations

from dataclasses import fields

import pytest

from annotate_app.desk import Desk
from annotate_app.services import questions
from annotate_app.services.labelling import UnknownItem, UnknownRater
from annotate_app.services.questions import BadQuestion
from annotate_app.services.rights import HOLDER, NotVisible
from annotate_app.store.threads import Thread


def ask(
    desk: Desk, item: str = "i0", rater: str = "ada", text: str = "Is a price a claim?", key: str = "q1"
) -> Thread:
    return questions.ask(desk, rater, item, text, entry_id=f"{key}-{rater}-{item}")


def kinds(thread: Thread) -> list[str]:
    return [entry.kind for entry in thread.entries]


def open_items(desk: Desk) -> list[tuple[str, str]]:
    return [(t.item_id, t.rater) for t, _ in questions.threads(desk, role="lead").threads]


def test_a_question_waits_for_the_lead_and_its_answer_for_the_rater(desk: Desk) -> None:
    thread = ask(desk)
    assert open_items(desk) == [("i0", "ada")]
    assert questions.news(desk, "ada") == ()
    questions.answer(desk, thread.thread_id, "Yes, it is.", lead="lea", role=HOLDER)
    assert open_items(desk) == []
    (unread,) = questions.news(desk, "ada")
    assert questions.last_answer(unread) == "Yes, it is."
    questions.seen(desk, "ada", thread.thread_id)
    assert questions.news(desk, "ada") == ()
    assert kinds(questions.mine(desk, "ada")[0]) == ["asked", "answered", "seen"]


def test_the_same_question_sent_twice_is_asked_once(desk: Desk) -> None:
    ask(desk)
    assert kinds(ask(desk)) == ["asked"]


def test_the_id_of_one_question_cannot_stand_for_another(desk: Desk) -> None:
    questions.ask(desk, "ada", "i0", "Why?", entry_id="one")
    with pytest.raises(BadQuestion, match="another item"):
        questions.ask(desk, "ada", "i1", "Why?", entry_id="one")
    assert [thread.item_id for thread in questions.mine(desk, "ada")] == ["i0"]


def test_asking_again_opens_a_closed_thread(desk: Desk) -> None:
    thread = ask(desk)
    questions.answer(desk, thread.thread_id, "Yes.", lead="lea", close=True, role=HOLDER)
    assert questions.threads(desk, role="lead", state="closed").counts == {
        "asked": 0,
        "answered": 0,
        "closed": 1,
    }
    again = ask(desk, text="And a discount?", key="q2")
    assert (again.thread_id, again.state) == (thread.thread_id, "asked")
    assert kinds(again) == ["asked", "answered", "closed", "asked"]


def test_a_thread_is_closed_without_a_word(desk: Desk) -> None:
    thread = questions.close(desk, ask(desk).thread_id, lead="lea", role=HOLDER)
    assert thread.state == "closed"
    assert not thread.unread


def test_two_raters_asking_about_one_item_have_a_thread_each_and_see_their_own_alone(desk: Desk) -> None:
    ada, bob = ask(desk), ask(desk, rater="bob", text="Is the tone fine?")
    assert ada.thread_id != bob.thread_id
    assert [t.rater for t in questions.mine(desk, "bob")] == ["bob"]
    with pytest.raises(NotVisible):
        questions.seen(desk, "ada", bob.thread_id)
    questions.answer(desk, bob.thread_id, "It is.", lead="lea", role=HOLDER)
    assert questions.news(desk, "ada") == ()


@pytest.mark.parametrize("role", ["rater", "engineer", "owner"])
def test_only_the_lead_reads_questions(desk: Desk, role: questions.Role) -> None:
    ask(desk)
    with pytest.raises(NotVisible):
        questions.threads(desk, role=role)


def test_the_lead_sees_the_item_without_its_origin_and_no_answers(desk: Desk) -> None:
    ask(desk)
    ((_, item),) = questions.threads(desk, role="lead").threads
    assert item.output == "text 0"
    assert (item.system, item.stratum, item.cluster) == (None, None, None)
    assert {field.name for field in fields(Thread)} == {
        "thread_id",
        "item",
        "item_id",
        "rater",
        "state",
        "entries",
    }


def test_a_ruling_is_for_all_and_names_neither_question_nor_rater(desk: Desk) -> None:
    thread = ask(desk, text="My secret question")
    questions.publish(desk, thread.thread_id, "A price is a claim.", lead="lea", role=HOLDER)
    (ruling,) = questions.rulings(desk)
    assert (ruling.text, ruling.author, ruling.rubric_number) == ("A price is a claim.", "lea", 1)
    assert questions.mine(desk, "ada")[0].state == "asked"  # the question itself still waits


def test_pages_of_questions_come_oldest_first(desk: Desk) -> None:
    for k in range(6):
        ask(desk, f"i{k}")
        ask(desk, f"i{k}", "bob")
    pages = [questions.threads(desk, role="lead", page=k) for k in range(2)]
    assert [(len(found.threads), found.pages) for found in pages] == [(10, 2), (2, 2)]
    assert pages[0].threads[0][0].item_id == "i0"
    assert pages[1].threads[-1][0].item_id == "i5"


def test_what_cannot_be_a_question_is_refused(desk: Desk) -> None:
    with pytest.raises(BadQuestion, match="write something"):
        ask(desk, text="  ")
    with pytest.raises(BadQuestion, match="shorter"):
        ask(desk, text="x" * (questions.LONGEST + 1))
    with pytest.raises(UnknownItem):
        ask(desk, "nowhere")
    with pytest.raises(UnknownRater):
        ask(desk, rater="mallory")
    with pytest.raises(UnknownItem):
        questions.answer(desk, 99, "Yes.", lead="lea", role=HOLDER)
    assert questions.mine(desk, "ada") == ()
