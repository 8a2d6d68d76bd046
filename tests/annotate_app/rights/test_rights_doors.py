"""No way around the table of rights: every service that pages and commands call asks for the role."""

from __future__ import annotations

import ast

import pytest
from doors_used import APP, CALLS, FENCES, FUNCTIONS, WITH_A_DESK

from annotate_app.cli import commands
from annotate_app.cli.doors import DOORS
from annotate_app.services.rights import ACTIONS, HOLDER, allowed

TABLES = ("ITEMS_OF", "LABELS_OF", "VERDICTS_OF", "AGGREGATES_OF", "EXPORTS_OF")

# A rater's own work: the door names the rater (the person's own name, once there are accounts).
OWN = {
    "known.is_token", "known.given_as", "known.not_stored",
    "asking.next_item", "labelling.add_rater", "labelling.raters", "labelling.last_standing",
    "labelling.next_item", "labelling.next_items", "labelling.progress", "labelling.release",
    "labelling.submit", "labelling.take_back", "labelling.undo", "meaning.item_meant",
    "pacing.pace", "prefetching.release_others", "questions.ask",
    "questions.mine", "questions.news", "questions.seen", "training.comparison", "training.explain",
    "training.start", "training.state", "why.why_asked", "wordings.changed_for",
}  # fmt: skip
# What the study's files say, or what everybody may know.
OPEN = {
    "people.owners", "policy_log.note_policy", "role_notes.both_roles",
    "importing.recognising", "judging.judge_section", "judging.judge_spec", "questions.rulings",
    "reviewing.review_of", "uploading.preview", "uploading.unknown_answers", "wordings.history",
}  # fmt: skip
# Who a person is, before they have a role; and what the server asks about itself.
IDENTITY = {"acting", "inviting", "signing_in", "personal_tokens", "providers", "health", "refusals"}
# Commands for whoever holds the database: they can read it with other programs, too.
HOLDERS = {"account.py", "db.py"}
# A study that is only being made has nobody yet.
NO_STUDY_YET = {"cli/demo.py", "ui/views/new_study.py"}


def test_there_is_something_to_look_at() -> None:
    assert len({one.name for one in WITH_A_DESK}) > 80
    assert len({one.file for one in WITH_A_DESK}) > 30


def test_every_service_that_a_door_calls_asks_for_the_role_or_is_known_to_need_none() -> None:
    unasked = {
        f"{one.file}: {one.name}"
        for one in WITH_A_DESK
        if "role" not in one.takes
        and one.name not in OWN | OPEN
        and one.name.partition(".")[0] not in IDENTITY
    }
    assert not unasked, "give it role= and a line in rights.RIGHTS, or say above why it needs none"


def test_what_is_said_to_need_no_role_is_there_and_takes_none() -> None:
    for name in OWN | OPEN:
        module, _, function = name.partition(".")
        found = FUNCTIONS[module].get(function)
        if found is not None:  # names that a module only passes on are checked where they are at home
            assert "role" not in [a.arg for a in (*found.args.args, *found.args.kwonlyargs)], name


def test_no_door_acts_for_whoever_holds_the_database() -> None:
    everything = [
        f"{one.file}:{one.call.lineno} {one.name}"
        for one in CALLS
        if one.file not in NO_STUDY_YET | {f"cli/{name}" for name in HOLDERS}
        and any(word.arg == "role" and ast.unparse(word.value) == "HOLDER" for word in one.call.keywords)
    ]
    assert not everything, "a page acts in state.role(), a command in args.role"


def test_no_service_acts_for_somebody_who_is_not_named() -> None:
    """A role that is left out would be a door for everybody: it has no default, and None is nobody."""
    left_out = [
        f"{module}.{name}"
        for module, found in FUNCTIONS.items()
        for name, function in found.items()
        if "role" in defaults(function.args)
    ]
    assert not left_out, "role has no default: a caller that may do everything says HOLDER"
    assert not allowed(None, "study.see")  # type: ignore[arg-type]
    assert allowed(HOLDER, "vault.open")


def defaults(given: ast.arguments) -> set[str]:
    """Parameters that a caller may leave out."""
    last = given.args[len(given.args) - len(given.defaults) :]
    named = [a for a, value in zip(given.kwonlyargs, given.kw_defaults, strict=True) if value is not None]
    return {a.arg for a in (*last, *named)}


def asks(function: ast.FunctionDef) -> bool:
    """Whether a function refuses by its role, reads the tables by it, or hands it on."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            named = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if named in FENCES or any(
                word.arg == "role" and isinstance(word.value, ast.Name) for word in node.keywords
            ):
                return True
            if any(isinstance(one, ast.Name) and one.id == "role" for one in node.args):
                return True
        if isinstance(node, ast.Name) and node.id in TABLES:
            return True
    return False


@pytest.mark.parametrize("module", sorted(FUNCTIONS))
def test_a_service_that_takes_a_role_uses_it(module: str) -> None:
    idle = [
        name
        for name, function in FUNCTIONS[module].items()
        if "role" in [a.arg for a in (*function.args.args, *function.args.kwonlyargs)]
        and not asks(function)
        and module not in ("rights", "people")
    ]
    assert not [name for name in idle if not name.startswith("_")]


def test_every_command_has_its_door() -> None:
    assert set(DOORS) == set(commands())
    assert {action for action in DOORS.values() if action is not None} <= set(ACTIONS)


def test_only_accounts_open_a_study_without_asking_who_may() -> None:
    for path in (APP / "cli").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.name == "opening.py":
            continue
        assert "open_desk" not in text, f"{path.name}: open_study(args) asks for the right"
        assert "open_as_holder(" not in text or path.name in HOLDERS, path.name
        tree = ast.parse(text)
        opened = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open_study"
        ]
        assert all([ast.unparse(arg) for arg in node.args] == ["args"] for node in opened), path.name
