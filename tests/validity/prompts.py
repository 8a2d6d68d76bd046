"""Fifty prompts that share some of their errors; every one of them is exactly at the floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from looks import FLOOR

PROMPTS, DEVELOPMENT = 50, 100
ERROR = (1 - FLOOR) / 2  # of two even classes, errors at this rate make kappa exactly the floor
KEPT = 0.8  # of its parent's answers a rewritten prompt keeps so many; chance decides the others anew

Errors = np.ndarray  # truth values, shape (prompts, items): where a prompt's answer is not the experts'


@dataclass(frozen=True)
class Study:
    """Fifty prompts on development and held-out items, half of each class; every true kappa is the floor."""

    development: Errors
    held_out: Errors

    def best(self) -> int:
        return int(np.argmax(kappas(self.development)))


def drawn(n: int, rng: np.random.Generator, parent: tuple[Errors, Errors] | None = None) -> Study:
    """Prompts that share some of their errors: with one another, or with the prompt that they rewrite."""
    sides = []
    for place, size in enumerate((DEVELOPMENT, n)):
        shared = rng.random(size) < ERROR if parent is None else parent[place]
        own = rng.random((PROMPTS, size)) < ERROR
        kept = rng.random((PROMPTS, size)) < (0.5 if parent is None else KEPT)
        sides.append(np.where(kept, shared, own))
    return Study(*sides)


def kappas(errors: Errors) -> np.ndarray:
    """Cohen's kappa of each prompt with the experts, who put half of the items into each class."""
    second = np.arange(errors.shape[1]) % 2 == 1
    says = np.where(errors, ~second, second).mean(axis=1)  # share of items put into the second class
    share = second.mean()
    chance = says * share + (1 - says) * (1 - share)
    return np.asarray((1 - errors.mean(axis=1) - chance) / (1 - chance))


def kappa(counts: np.ndarray) -> float:
    p = counts / counts.sum()
    chance = p.sum(axis=0) @ p.sum(axis=1)
    return float((np.trace(p) - chance) / (1 - chance))


def counts_of(errors: np.ndarray) -> np.ndarray:
    """Judge × human counts, where every other item is of the first class."""
    human = np.arange(len(errors)) % 2
    judge = np.where(errors, 1 - human, human)
    return np.bincount(2 * judge + human, minlength=4).reshape(2, 2)
