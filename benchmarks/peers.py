"""Other packages behind one face: how each is called for an alpha or a kappa, as its manual shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from numpy.typing import ArrayLike, NDArray

MISSING = -1
Matrix = NDArray[np.int64] | NDArray[np.float64]


@dataclass(frozen=True)
class Peer:
    """A package that computes alpha; `alpha(matrix, level)` takes units × raters, -1 or NaN missing."""

    distribution: str
    module: str
    alpha: Callable[[Matrix, str], float | str]

    @property
    def importable(self) -> bool:
        return find_spec(self.module) is not None


def kappa_sklearn(
    a: ArrayLike, b: ArrayLike, *, weights: str | None = None, labels: Iterable[int] | None = None
) -> float:
    from sklearn.metrics import cohen_kappa_score

    named = None if labels is None else list(labels)
    return float(cohen_kappa_score(a, b, weights=weights, labels=named))


def mcc_sklearn(a: ArrayLike, b: ArrayLike) -> float:
    from sklearn.metrics import matthews_corrcoef

    return float(matthews_corrcoef(b, a))


def kappa_statsmodels(counts: ArrayLike, weights: str | None) -> str | float:
    from statsmodels.stats.inter_rater import cohens_kappa

    found = cohens_kappa(np.asarray(counts), wt=weights)
    if np.isnan(found.kappa):
        return float("nan")
    return f"{found.kappa:.4f} [{found.kappa_low:.3f}, {found.kappa_upp:.3f}]"


def fleiss_statsmodels(matrix: Matrix) -> float:
    from statsmodels.stats.inter_rater import fleiss_kappa

    categories = int(matrix.max()) + 1
    return float(fleiss_kappa(np.stack([(matrix == k).sum(axis=1) for k in range(categories)], axis=1)))


def _krippendorff(matrix: Matrix, level: str) -> float:
    import krippendorff

    numbers = matrix.astype(float)
    if np.issubdtype(matrix.dtype, np.integer):
        numbers = np.where(matrix == MISSING, np.nan, numbers + 1)
    return float(krippendorff.alpha(numbers.T, level_of_measurement=level))


def _triples(matrix: Matrix) -> list[tuple[str, str, int]]:
    """(rater, unit, answer from 1) for every answer that is there."""
    return [(f"r{j}", f"u{i}", int(v) + 1) for (i, j), v in np.ndenumerate(matrix) if v != MISSING]


def _nltk(matrix: Matrix, level: str) -> float | str:
    from nltk.metrics import interval_distance  # type: ignore[import-not-found,unused-ignore]
    from nltk.metrics.agreement import AnnotationTask  # type: ignore[import-not-found,unused-ignore]

    if level not in ("nominal", "interval"):
        return "–"
    distance = {"distance": interval_distance} if level == "interval" else {}
    return float(AnnotationTask(data=_triples(matrix), **distance).alpha())


def _simpledorff(matrix: Matrix, level: str) -> float | str:
    import pandas as pd
    import simpledorff  # type: ignore[import-not-found,unused-ignore]
    from simpledorff.metrics import interval_metric, nominal_metric  # type: ignore[import-not-found,unused-ignore]

    metrics = {"nominal": nominal_metric, "interval": interval_metric}
    if level not in metrics:
        return "–"
    frame = pd.DataFrame(_triples(matrix), columns=["rater", "unit", "answer"])
    return float(
        simpledorff.calculate_krippendorffs_alpha_for_df(
            frame, experiment_col="unit", annotator_col="rater", class_col="answer", metric_fn=metrics[level]
        )
    )


def _irrcac(matrix: Matrix, level: str) -> float | str:
    import pandas as pd
    from irrCAC.raw import CAC  # type: ignore[import-not-found,unused-ignore]

    weights = {"nominal": "identity", "ordinal": "ordinal", "interval": "quadratic", "ratio": "ratio"}
    frame = pd.DataFrame(np.where(matrix == MISSING, np.nan, matrix + 1.0))
    return float(CAC(frame, weights=weights[level]).krippendorff()["est"]["coefficient_value"])


def _crowdkit(matrix: Matrix, level: str) -> float | str:
    import pandas as pd
    from crowdkit.metrics.data import alpha_krippendorff  # type: ignore[import-not-found,unused-ignore]

    if level != "nominal":
        return "–"
    frame = pd.DataFrame(_triples(matrix), columns=["worker", "task", "label"])
    return float(alpha_krippendorff(frame))


PEERS = (
    Peer("krippendorff", "krippendorff", _krippendorff),
    Peer("nltk", "nltk", _nltk),
    Peer("simpledorff", "simpledorff", _simpledorff),
    Peer("irrCAC", "irrCAC", _irrcac),
    Peer("crowd-kit", "crowdkit", _crowdkit),
)
