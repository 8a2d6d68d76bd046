"""Says in the log that answers are on disk: whose by number, which by id; never what they are."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from time import perf_counter
from typing import ParamSpec, TypeVar

from annotate_app import logs
from annotate_app.services.labelling_values import Receipt

P = ParamSpec("P")
R = TypeVar("R", bound=Receipt | None)


def told(kind: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Logs what a function that saves has saved, once it is on disk."""

    def around(save: Callable[P, R]) -> Callable[P, R]:
        @wraps(save)
        def saved(*args: P.args, **kwargs: P.kwargs) -> R:
            began = perf_counter()
            receipt = save(*args, **kwargs)
            if receipt is not None:
                logs.event(kind, _fields(receipt, began))
            return receipt

        return saved

    return around


def _fields(receipt: Receipt, began: float) -> dict[str, logs.Field]:
    return {
        "rater": receipt.rater_id,
        "submission": logs.identifier(receipt.submission_id),
        "labels": receipt.labels,
        "revision": receipt.revision,
        "duplicate": receipt.duplicate,
        "ms": logs.since(began),
    }
