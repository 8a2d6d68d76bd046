"""The kappa paradox panel: what prevalence and bias do to kappa, and sentences for when they mislead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from calibration.stats.agreement import all_estimates
from calibration.stats.classify import BinaryRates, ClassAgreement, per_class
from calibration.stats.estimate import Estimate, Result, Undefined
from calibration.stats.pairs import PairTable

SKEWED, WIDE_APART = 0.6, 0.2
PANEL = ("percent_agreement", "cohen_kappa", "gwet_ac1", "brennan_prediger")


@dataclass(frozen=True, slots=True)
class ParadoxPanel:
    """One table of two coders seen from every side; two-class indices are None for more classes.

    prevalence_index: (n_11 - n_22) / n. bias_index: (n_12 - n_21) / n. kappa_max: the largest kappa of these
    margins. common_class: the largest mean share of a category. texts: what a reader must be told.
    """

    percent_agreement: Result
    kappa: Result
    pabak: Result
    gwet_ac1: Result
    prevalence_index: float | None
    bias_index: float | None
    kappa_max: float | Undefined
    kappa_over_max: float | Undefined
    common_class: float
    classes: tuple[ClassAgreement, ...]
    rates: BinaryRates | None
    youden_j: Result | None
    texts: tuple[str, ...]


def paradox_panel(
    table: PairTable,
    *,
    names: Sequence[str] | None = None,
    level: float = 0.95,
    found: Mapping[str, Result] | None = None,
    classes: tuple[ClassAgreement, ...] | None = None,
) -> ParadoxPanel | Undefined:
    """Everything that has to stand beside kappa (Feinstein and Cicchetti 1990; Byrt, Bishop and Carlin 1993).

    names: the categories in words for the texts. Rates take the first category as positive. found, classes:
    what is known of this table already, by coefficient (at least PANEL) and by class.
    """
    if table.n == 0:
        return Undefined("no items were compared")
    two = table.categories == 2
    p = table.proportions
    panel = found or all_estimates((*PANEL, "youden_j"), [table], level=level)[0]
    kappa, ac1, most = panel["cohen_kappa"], panel["gwet_ac1"], kappa_max(table)
    classes = classes or per_class(table, level=level)
    prevalence = float(p[0, 0] - p[1, 1]) if two else None
    common = float(((p.sum(axis=0) + p.sum(axis=1)) / 2).max())
    labels = list(names) if names is not None else [f"category {k + 1}" for k in range(table.categories)]
    return ParadoxPanel(
        percent_agreement=panel["percent_agreement"],
        kappa=kappa,
        pabak=panel["brennan_prediger"],
        gwet_ac1=ac1,
        prevalence_index=prevalence,
        bias_index=float(p[0, 1] - p[1, 0]) if two else None,
        kappa_max=most,
        kappa_over_max=_over(kappa, most),
        common_class=common,
        classes=classes,
        rates=BinaryRates(classes[0].recall, classes[1].recall) if two else None,
        youden_j=panel.get("youden_j") if two else None,
        texts=_texts(kappa, ac1, prevalence, common, classes, labels),
    )


def kappa_max(table: PairTable) -> float | Undefined:
    """(Σ min(p_k., p_.k) - pe) / (1 - pe): the largest kappa with these margins (Cohen 1960)."""
    p = table.proportions
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    chance = float(rows @ columns)
    if chance >= 1:
        return Undefined("only one class was used, so agreement by chance is complete")
    return (float(np.minimum(rows, columns).sum()) - chance) / (1 - chance)


def _over(kappa: Result, most: float | Undefined) -> float | Undefined:
    if isinstance(kappa, Undefined):
        return kappa
    if isinstance(most, Undefined):
        return most
    return kappa.value / most if most > 0 else Undefined("these margins allow no kappa above 0")


def _texts(
    kappa: Result,
    ac1: Result,
    prevalence: float | None,
    common: float,
    classes: tuple[ClassAgreement, ...],
    names: Sequence[str],
) -> tuple[str, ...]:
    """Sentences when one class dominates (|prevalence index| > .6) or AC1 exceeds kappa by more than .2."""
    skewed = abs(prevalence) > SKEWED if prevalence is not None else common > (1 + SKEWED) / 2
    apart = isinstance(kappa, Estimate) and isinstance(ac1, Estimate) and ac1.value - kappa.value > WIDE_APART
    if not skewed and not apart:
        return ()
    rare = min(classes, key=lambda one: one.reference + one.judge)
    texts = [_rare_text(rare, names[rare.category])]
    if isinstance(kappa, Estimate):
        texts.append(
            f"Kappa is {kappa.value:.2f} while {common:.0%} of the answers are one and the same class: "
            "chance alone agrees often there, so read kappa together with the agreement on each class."
        )
    if apart and isinstance(kappa, Estimate) and isinstance(ac1, Estimate):
        texts.append(
            f"AC1 is {ac1.value:.2f} and kappa {kappa.value:.2f}: they differ by their idea of chance, "
            "not by what the coders did."
        )
    return tuple(texts)


def _rare_text(rare: ClassAgreement, name: str) -> str:
    if isinstance(rare.f1, Undefined):
        return f"Nobody used the class {name!r}, so nothing is known about agreement on it."
    return f"Agreement on the rarest class, {name!r}, is {rare.f1.value:.0%} (n={rare.f1.n})."
