"""The cells that are simulated: sample sizes, prevalences, categories, raters, clusters and weights."""

from __future__ import annotations

from functools import partial
from itertools import product

from measuring import Cell, Draw
from scores import Scores
from worlds import Clusters, Doubtful, World, independent_items, many_raters

from calibration.stats.agreement import COEFFICIENTS
from calibration.stats.estimate import Point
from calibration.stats.scored import NUMBER_COEFFICIENTS

NOMINAL = ("cohen_kappa", "krippendorff_alpha_nominal", "gwet_ac1")
ORDERED = ("cohen_kappa_quadratic", "krippendorff_alpha_ordinal")
BINARY = ((0.5, 0.5), (0.2, 0.8), (0.1, 0.9), (0.05, 0.95))
THREE, FIVE = (0.6, 0.3, 0.1), (0.1, 0.2, 0.4, 0.2, 0.1)
SKILLS, BIASES, SIZES = (0.6, 0.8, 0.94), (0.0, 0.3), (50, 100, 200, 400)


def independent() -> list[Cell]:
    """Two coders, independent items."""
    kinds = [(n, w) for n in NOMINAL for w in (*BINARY, THREE)]
    kinds += [(n, w) for n in ORDERED for w in (THREE, FIVE)]
    cells = []
    for (name, prevalence), skill, bias, n in product(kinds, SKILLS, BIASES, SIZES):
        world = World(prevalence, skill, bias)
        label, rare = f"{world}, n {n}", n * min(prevalence)
        differ = n * world.disagreement
        if rare >= 5 and differ >= 5:
            draw = partial(independent_items, world, n)
            cells.append(Cell(name, label, draw, truth(name, world), rare, differ, n))
    return cells


def clustered(likeness: float, sizes: tuple[int, ...] = (5, 10)) -> list[Cell]:
    """Two coders, items alike within clusters of uneven size."""
    cells = []
    grid = product(("cohen_kappa", "krippendorff_alpha_nominal"), BINARY[:3], (0.6, 0.8), (20, 40, 80), sizes)
    for name, prevalence, skill, number, size in grid:
        world, design = World(prevalence, skill), Clusters(number, size, likeness)
        items = number * size / design.design_effect
        label = f"{world}, {number} clusters of {size}, ρ {likeness**2:.2f}"
        draw = partial(design.draw, world)
        rare, differ = items * min(prevalence), items * world.disagreement
        cells.append(Cell(name, label, draw, truth(name, world), rare, differ, number, clustered=True))
    return cells


def weighted() -> list[Cell]:
    """Two coders, doubtful items drawn more often, weighted back by 1/π."""
    cells = []
    designs = (Doubtful(600, 60, 4), Doubtful(600, 150, 4), Doubtful(2000, 120, 8), Doubtful(2000, 300, 4))
    grid = product(("cohen_kappa", "krippendorff_alpha_nominal"), BINARY[:3], (0.6, 0.8), designs)
    for name, prevalence, skill, design in grid:
        world = World(prevalence, skill)
        n_eff = design.n_eff(world)
        label = f"{world}, {design.expected} of {design.pool}, doubt × {design.times:g}, n_eff {n_eff:.0f}"
        rare, differ = n_eff * min(prevalence), n_eff * world.disagreement
        draw = partial(design.draw, world)
        cells.append(Cell(name, label, draw, truth(name, world), rare, differ, round(n_eff)))
    return cells


def proportions() -> list[Cell]:
    """Percent agreement: independent items, clusters, known π and many raters."""
    cells = []
    for prevalence, skill in product(BINARY[:2], (0.6, 0.8, 0.94)):
        world = World(prevalence, skill)
        known, alike = truth("percent_agreement", world), Clusters(60, 5, 0.3)
        doubtful = Doubtful(600, 150, 4)
        designs: list[tuple[str, Draw, float]] = [
            ("n 50", partial(independent_items, world, 50), 50),
            ("n 200", partial(independent_items, world, 200), 200),
            ("60 clusters of 5, ρ 0.09", partial(alike.draw, world), 300 / alike.design_effect),
            ("150 of 600, doubt × 4", partial(doubtful.draw, world), doubtful.n_eff(world)),
            ("3 raters, n 100", partial(many_raters, world, 100, 3), 100),
        ]
        for label, draw, items in designs:
            differ = items * world.disagreement
            clustered = "clusters" in label
            cells.append(
                Cell("percent_agreement", f"{world}, {label}", draw, known, items, differ, 60, clustered)
            )
    return cells


def scored() -> list[Cell]:
    """Two coders' scores, alone and in clusters of four."""
    cells = []
    for name, r, shift in product(NUMBER_COEFFICIENTS, (0.2, 0.6, 0.9), (0.0, 0.5)):
        if shift and name not in ("lin_ccc", "rmse", "mae"):
            continue
        for number, size, share in ((50, 1, 0.0), (200, 1, 0.0), (60, 4, 0.3)):
            world = Scores(r, shift, share)
            label = f"{world}, " + (f"{number} clusters of {size}" if size > 1 else f"n {number}")
            draw = partial(world.draw, number, size)
            cells.append(Cell(name, label, draw, world.truth(name), number, number, number, size > 1))
    return cells


def raters() -> list[Cell]:
    """Three or five raters, a fifth of the answers missing; any two of them are a judge and a human."""
    kinds = [(n, w) for n in ("krippendorff_alpha_nominal", "fleiss_kappa") for w in (*BINARY[:3], THREE)]
    kinds += [("krippendorff_alpha_ordinal", FIVE), ("gwet_ac1", BINARY[1])]
    cells = []
    for (name, prevalence), skill, number, n in product(kinds, (0.6, 0.85), (3, 5), (50, 100, 200)):
        world = World(prevalence, skill)
        rare = 0.9 * n * min(prevalence)
        differ = 0.9 * n * world.disagreement
        label = f"{world}, {number} raters, n {n}"
        draw = partial(many_raters, world, n, number)
        cells.append(Cell(name, label, draw, truth(name, world), rare, differ, n))
    return cells


def truth(name: str, world: World) -> float:
    found = COEFFICIENTS[name].point(world.population())
    assert isinstance(found, Point)
    return found.value
