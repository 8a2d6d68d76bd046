"""Agreement: how far people agree, and judges with them; shows what the split and the role permit."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services import agreeing
from annotate_app.services.agreeing import Measured
from annotate_app.services.describing import describe
from annotate_app.ui import state
from annotate_app.ui.parts import agreement, described, estimates, page, tables
from calibration.agreement import CriterionAgreement
from calibration.report import Decision

READING = (
    "κ and α: 1 is always the same answer, 0 no better than guessing. Intervals are of 95%. Clusters are "
    "items that belong together, such as answers to one question."
)


def view(desk: Desk) -> None:
    """Choose a split and a criterion; read the numbers, or why there are none."""
    page.title("Agreement", desk.study_file.study.name)
    if desk.study_file.study.note:
        page.warning(desk.study_file.study.note)
    split = st.segmented_control(
        "Split",
        agreeing.SPLITS,
        default=agreeing.SPLITS[0],
        required=True,
        format_func=page.labels(_readable),
    )
    role = state.role()
    names = agreeing.criteria_shown(desk, role=role, split=split)
    name = st.selectbox("Criterion", names, width=320) if names else None
    shown = agreeing.agreement_page(desk, role=role, split=split, criterion=name)
    if shown.withheld:
        page.note(shown.withheld)
    for caution in shown.cautions:
        page.warning(caution)
    if shown.measured is not None:
        page.note(READING)
    if shown.measured is not None and name is not None and name in shown.measured.criteria:
        _criterion(_as_chosen(shown.measured, shown.as_drawn), name)
        described.draw(lambda: describe(desk, name, role=role, split=split), raters=role in ("lead", "owner"))
    if shown.decisions:
        _decisions(shown.decisions)


def _as_chosen(measured: Measured, as_drawn: Measured | None) -> Measured:
    """Weighted to production's mix, or as drawn when the reader asks for it."""
    if as_drawn is None:
        return measured
    words = "Show the items as drawn, without weighting them to production's mix"
    return as_drawn if st.toggle(words) else measured


def _criterion(measured: Measured, name: str) -> None:
    """The chosen criterion: cautions, coefficients, and the same by stratum."""
    for caution in measured.cautions[name]:
        page.warning(caution)
    agreement.draw(measured.criteria[name], measured.headline[name], measured.bars.get(name, {}))
    if measured.strata.get(name):
        with st.expander("By stratum"):
            _strata(measured.strata[name], measured.headline[name][0])


def _strata(strata: Mapping[str, CriterionAgreement], headline: str) -> None:
    """The headline coefficient of each judge in each stratum."""
    rows = [
        estimates.row(f"{stratum}: {judge}", found.estimates[headline])
        for stratum, criterion in strata.items()
        for judge, found in criterion.judges.items()
        if headline in found.estimates
    ]
    tables.draw(("stratum and judge", *estimates.HEADER[1:]), rows, caption=estimates.caption_of(headline))


def _decisions(decisions: tuple[Decision, ...]) -> None:
    """What looks at the held-out split decided; nothing that a look may not show."""
    page.heading("What looks at the held-out labels decided")
    rows = [
        (d.judge, ", ".join(d.criteria), d.outcome, d.issued[:10], d.expires[:10], " ".join(d.sentences))
        for d in decisions
    ]
    tables.draw(
        ("judge", "criteria", "outcome", "issued", "expires", "why"), rows, caption="One row per judge"
    )


def _readable(split: str) -> str:
    return split.replace("_", "-").capitalize()
