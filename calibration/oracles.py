"""The same coefficients by independent packages, for `calibrant verify` alone; never imported by the core."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from calibration.stats.estimate import FloatArray, IntArray


class NoOracle(Exception):
    """No independent package computes this number on this input; the message says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """Two coders' answers: codes a and b in 0 .. categories - 1, the categories' numbers, weights or None."""

    a: IntArray
    b: IntArray
    categories: int
    values: FloatArray
    weights: FloatArray | None


@dataclass(frozen=True, slots=True)
class Oracle:
    """A package and its function for one coefficient."""

    package: str
    compute: Callable[[Coded], float]


def _agreement(data: Coded) -> float:
    from sklearn.metrics import accuracy_score

    return float(accuracy_score(data.b, data.a, sample_weight=data.weights))


def _kappa(weighting: str | None) -> Callable[[Coded], float]:
    def compute(data: Coded) -> float:
        from sklearn.metrics import cohen_kappa_score

        steps = np.diff(data.values)
        if weighting is not None and not np.allclose(steps, steps[:1]):
            raise NoOracle("scikit-learn weights ranks, and these levels are not equally spaced")
        labels = list(range(data.categories))
        return float(
            cohen_kappa_score(data.a, data.b, labels=labels, weights=weighting, sample_weight=data.weights)
        )

    return compute


def _scikit(name: str) -> Callable[[Coded], float]:
    def compute(data: Coded) -> float:
        from sklearn import metrics

        return float(getattr(metrics, name)(data.b, data.a, sample_weight=data.weights))

    return compute


def _youden(data: Coded) -> float:
    return 2 * _scikit("balanced_accuracy_score")(data) - 1


def _macro_f1(data: Coded) -> float:
    from sklearn.metrics import f1_score

    used = np.union1d(data.a, data.b)
    return float(f1_score(data.b, data.a, labels=used, average="macro", sample_weight=data.weights))


def _two_rater_fleiss(method: str) -> Callable[[Coded], float]:
    def compute(data: Coded) -> float:
        from statsmodels.stats.inter_rater import fleiss_kappa

        _refuse_weights(data, "statsmodels")
        table = np.zeros((len(data.a), data.categories))
        np.add.at(table, (np.arange(len(data.a)), data.a), 1)
        np.add.at(table, (np.arange(len(data.b)), data.b), 1)
        return float(fleiss_kappa(table, method=method))

    return compute


def _two_rater_alpha(level: str) -> Callable[[Coded], float]:
    def compute(data: Coded) -> float:
        _refuse_weights(data, "krippendorff")
        return alpha(np.stack([data.a, data.b]).astype(np.float64), data.values, level)

    return compute


def alpha(codes: FloatArray, values: FloatArray, level: str) -> float:
    """Krippendorff's alpha by the krippendorff package; codes (raters, units), NaN where missing."""
    import krippendorff

    numbers = np.where(np.isnan(codes), np.nan, values[np.nan_to_num(codes).astype(int)])
    # An ordinal level may carry any number: the package wants them in order, which the domain gives it.
    return float(
        krippendorff.alpha(reliability_data=numbers, level_of_measurement=level, value_domain=list(values))
    )


def _scored(name: str) -> Callable[[FloatArray, FloatArray], float]:
    def compute(x: FloatArray, y: FloatArray) -> float:
        from scipy import stats as scipy_statistics

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return float(getattr(scipy_statistics, name)(x, y).statistic)

    return compute


def _rmse(x: FloatArray, y: FloatArray) -> float:
    from sklearn.metrics import root_mean_squared_error

    return float(root_mean_squared_error(y, x))


def _mae(x: FloatArray, y: FloatArray) -> float:
    from sklearn.metrics import mean_absolute_error

    return float(mean_absolute_error(y, x))


def _refuse_weights(data: Coded, package: str) -> None:
    if data.weights is not None:
        raise NoOracle(f"{package} takes no weights")


PAIR_ORACLES: Mapping[str, Oracle] = {
    "percent_agreement": Oracle("scikit-learn", _agreement),
    "cohen_kappa": Oracle("scikit-learn", _kappa(None)),
    "cohen_kappa_linear": Oracle("scikit-learn", _kappa("linear")),
    "cohen_kappa_quadratic": Oracle("scikit-learn", _kappa("quadratic")),
    "mcc": Oracle("scikit-learn", _scikit("matthews_corrcoef")),
    "balanced_accuracy": Oracle("scikit-learn", _scikit("balanced_accuracy_score")),
    "youden_j": Oracle("scikit-learn", _youden),
    "macro_f1": Oracle("scikit-learn", _macro_f1),
    "scott_pi": Oracle("statsmodels", _two_rater_fleiss("fleiss")),
    "fleiss_kappa": Oracle("statsmodels", _two_rater_fleiss("fleiss")),
    "brennan_prediger": Oracle("statsmodels", _two_rater_fleiss("randolph")),
    "krippendorff_alpha_nominal": Oracle("krippendorff", _two_rater_alpha("nominal")),
    "krippendorff_alpha_ordinal": Oracle("krippendorff", _two_rater_alpha("ordinal")),
    "krippendorff_alpha_interval": Oracle("krippendorff", _two_rater_alpha("interval")),
    "krippendorff_alpha_ratio": Oracle("krippendorff", _two_rater_alpha("ratio")),
}
ALPHA_LEVELS: Mapping[str, str] = {
    "krippendorff_alpha_nominal": "nominal",
    "krippendorff_alpha_ordinal": "ordinal",
    "krippendorff_alpha_interval": "interval",
    "krippendorff_alpha_ratio": "ratio",
}
NUMBER_ORACLES: Mapping[str, tuple[str, Callable[[FloatArray, FloatArray], float]]] = {
    "pearson": ("scipy", _scored("pearsonr")),
    "spearman": ("scipy", _scored("spearmanr")),
    "kendall_tau_b": ("scipy", _scored("kendalltau")),
    "rmse": ("scikit-learn", _rmse),
    "mae": ("scikit-learn", _mae),
}
