"""The table of role × action is whole, says what CONTRACTS.md section 3 says, and refuses in words."""

from __future__ import annotations

import pytest

from annotate_app.services.rights import (
    ACTIONS,
    AGGREGATES_OF,
    HOLDER,
    ITEMS_OF,
    LABELS_OF,
    RIGHTS,
    ROLES,
    VERDICTS_OF,
    Action,
    NotAllowed,
    NotVisible,
    Role,
    allowed,
    require,
)
from annotate_app.services.rights_words import DOES, WHY
from calibration.splits import DEVELOPMENT, HELD_OUT, SPLITS, VALIDATION


def test_every_action_has_its_roles_its_words_and_its_reason() -> None:
    assert set(ACTIONS) == set(RIGHTS) == set(DOES) == set(WHY)
    assert all(roles <= set(ROLES) and roles for roles in RIGHTS.values())


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_the_table_says_and_is_refused_the_rest(role: Role, action: Action) -> None:
    if role in RIGHTS[action]:
        require(role, action)
        assert allowed(role, action)
        return
    with pytest.raises(NotAllowed, match="needs the role") as refused:
        require(role, action)
    assert isinstance(refused.value, NotVisible)
    assert not allowed(role, action)
    assert all(other in str(refused.value) for other in RIGHTS[action])


def test_whoever_holds_the_database_needs_no_role() -> None:
    require(HOLDER, "vault.open")


def test_nobody_sees_verdicts_or_labels_of_held_out_items_but_the_lead_the_labels() -> None:
    assert [role for role in ROLES if HELD_OUT in VERDICTS_OF[role]] == []
    assert [role for role in ROLES if HELD_OUT in LABELS_OF[role]] == ["lead"]
    assert [role for role in ROLES if HELD_OUT in AGGREGATES_OF[role]] == []


def test_engineers_browse_development_and_see_validation_in_aggregate_alone() -> None:
    assert ITEMS_OF["engineer"] == VERDICTS_OF["engineer"] == LABELS_OF["engineer"] == (DEVELOPMENT,)
    assert VALIDATION in AGGREGATES_OF["engineer"]


def test_raters_and_leads_see_no_verdict_and_leads_see_every_label() -> None:
    assert VERDICTS_OF["rater"] == VERDICTS_OF["lead"] == LABELS_OF["rater"] == ()
    assert LABELS_OF["lead"] == SPLITS


def test_policy_roles_and_the_vault_are_the_owners_alone() -> None:
    for action in ("policy.change", "roles.change", "vault.open", "audit.see", "raters.erase"):
        assert RIGHTS[action] == {"owner"}
