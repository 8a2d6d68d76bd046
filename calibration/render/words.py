"""The words for numbers: names of coefficients, intervals in text; no arithmetic."""

from __future__ import annotations

from calibration.stats.estimate import Estimate, Result
from rubrics.rubric import ScaleKind

CAPTIONS = {
    "percent_agreement": "percent agreement",
    "cohen_kappa": "Cohen's κ",
    "cohen_kappa_linear": "Cohen's κ, linear weights",
    "cohen_kappa_quadratic": "Cohen's κ, quadratic weights",
    "scott_pi": "Scott's π",
    "fleiss_kappa": "Fleiss' κ",
    "conger_kappa": "Conger's κ",
    "brennan_prediger": "Brennan–Prediger",
    "gwet_ac1": "Gwet's AC1",
    "gwet_ac2": "Gwet's AC2",
    "krippendorff_alpha_nominal": "Krippendorff's α, nominal",
    "krippendorff_alpha_ordinal": "Krippendorff's α, ordinal",
    "krippendorff_alpha_interval": "Krippendorff's α, interval",
    "krippendorff_alpha_ratio": "Krippendorff's α, ratio",
    "icc_1": "ICC(1)",
    "icc_a1": "ICC(A,1)",
    "icc_c1": "ICC(C,1)",
    "mcc": "Matthews correlation",
    "balanced_accuracy": "balanced accuracy",
    "youden_j": "Youden's J",
    "macro_f1": "macro F1",
    "spearman": "Spearman's ρ",
    "kendall_tau_b": "Kendall's τ-b",
    "pearson": "Pearson's r",
    "lin_ccc": "Lin's concordance",
    "rmse": "RMSE",
    "mae": "MAE",
}


def headline_names(kind: ScaleKind) -> list[str]:
    """The κ and the α that a scale is read by first."""
    if kind == "ordinal":
        return ["cohen_kappa_quadratic", "krippendorff_alpha_ordinal"]
    if kind == "interval":
        return ["krippendorff_alpha_interval", "krippendorff_alpha_interval"]
    return ["cohen_kappa", "krippendorff_alpha_nominal"]


def number(result: Result) -> str:
    """The value with its interval where it has one; "undefined" where there is no value."""
    if not isinstance(result, Estimate):
        return "undefined"
    if result.low is None or result.high is None:
        return decimals(result.value)
    return f"{decimals(result.value)} [{decimals(result.low)}, {decimals(result.high)}]"


def why_not(result: Result) -> str:
    """Why there is no number or no interval, and what to be warned of; empty where there is nothing."""
    if not isinstance(result, Estimate):
        return result.reason
    said = [] if result.low is not None else [f"no interval: {result.interval_undefined}"]
    return "; ".join((*said, *result.warnings))


def decimals(value: float) -> str:
    """Three decimals; a true minus sign."""
    return f"{value:.3f}".replace("-", "−")


def percent(share: object) -> str:
    """A share as whole percent."""
    return f"{share:.0%}" if isinstance(share, int | float) else "unknown"


def from_json(found: object) -> str:
    """An estimate as it stands in JSON, in words."""
    if not isinstance(found, dict) or "value" not in found:
        reason = found.get("undefined", "not stated") if isinstance(found, dict) else "not stated"
        return f"undefined: {reason}"
    bounds = [found.get("low"), found.get("high")]
    shown = [decimals(bound) for bound in bounds if isinstance(bound, int | float)]
    interval = f" [{', '.join(shown)}]" if len(shown) == 2 else ""
    counted = f", n = {found['n']}" if "n" in found else ""
    return f"{decimals(found['value'])}{interval}{counted}"


def seconds(duration: float | None) -> str:
    """A duration in the unit that reads best; unknown stays unknown."""
    if duration is None:
        return "unknown"
    return f"{duration * 1000:.3g} ms" if duration < 1 else f"{duration:.3g} s"
