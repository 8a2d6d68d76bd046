"""Licences of what runs with Calibrant, as packages state them, by how much they ask of who passes it on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message
from typing import Literal, cast

from annotate_app.services import packages

Kind = Literal["permissive", "weak copyleft", "copyleft", "unknown"]
# From what asks least to what asks most; what is not known is taken for the most.
KINDS: tuple[Kind, ...] = ("permissive", "weak copyleft", "copyleft", "unknown")
PASSES: tuple[Kind, ...] = ("permissive", "weak copyleft")
# Of a whole name or expression; the first that fits. MPL and LGPL bind changes of their own files alone.
PATTERNS: tuple[tuple[Kind, str], ...] = (
    ("weak copyleft",
     r"\bLGPL|Lesser General Public|\bMPL\b|Mozilla Public|\bEPL\b|Eclipse Public|CDDL"),
    ("copyleft", r"\bA?GPL|General Public License|\bEUPL\b|\bSSPL\b|CC-BY-SA"),
    ("permissive",
     r"\b0?BSD\b|\bMIT\b|Apache|\bISC\b|\bPSF|Python Software Foundation|Python-2\.0|CNRI-Python|Unlicense|"
     r"\bZlib\b|\bHPND\b|Historical Permission|CC0|Public Domain|\bBSL-1\.0|Boost|\bNCSA\b|\bBlueOak"),
)  # fmt: skip
LONGEST = 80  # characters of a stated licence; a longer one is a whole licence text


@dataclass(frozen=True, slots=True)
class Licence:
    """One installed package: what it states, of which kind that is, and the extras that bring it."""

    name: str
    version: str
    licence: str
    kind: Kind
    extras: tuple[str, ...]

    @property
    def in_core(self) -> bool:
        return "" in self.extras

    @property
    def refused(self) -> bool:
        """Whether the core may not bring it."""
        return self.in_core and self.kind not in PASSES

    def as_json(self) -> dict[str, object]:
        brought = [extra or "core" for extra in self.extras]
        return {
            "name": self.name, "version": self.version, "licence": self.licence, "kind": self.kind,
            "brought_by": brought,
        }  # fmt: skip


def licences() -> tuple[Licence, ...]:
    """Every installed package that runs with Calibrant, by name."""
    found = []
    for one in packages.brought():
        stated = _stated(one.name)
        found.append(Licence(one.name, one.version, stated or "(none stated)", kind_of(stated), one.extras))
    return tuple(found)


def kind_of(stated: str) -> Kind:
    """What an expression or a name asks: of `A OR B` the lesser, of `A AND B` the greater."""
    ways = [_of_all(way) for way in re.split(r"\s+OR\s+", stated.strip("() "), flags=re.IGNORECASE)]
    return min(ways, key=KINDS.index)


def _of_all(way: str) -> Kind:
    parts = [part for part in re.split(r"\s+AND\s+|;", way, flags=re.IGNORECASE) if part.strip()]
    return max(map(_of_one, parts), key=KINDS.index, default="unknown")


def _of_one(name: str) -> Kind:
    fitting = (kind for kind, pattern in PATTERNS if re.search(pattern, name, re.IGNORECASE))
    return next(fitting, "unknown")


def _stated(name: str) -> str:
    """The licence expression, else what the classifiers name, else the short name of the old field."""
    package = packages.found_package(name)
    if package is None:
        return ""
    metadata = cast(Message, package.metadata)
    expression = metadata.get("License-Expression")
    if expression:
        return str(expression)
    prefix = "License :: OSI Approved :: "
    classified = [
        str(c).removeprefix(prefix) for c in metadata.get_all("Classifier") or [] if str(c).startswith(prefix)
    ]
    if classified:
        return "; ".join(classified)
    field = " ".join(str(metadata.get("License") or "").split())
    return field if len(field) <= LONGEST else field[: LONGEST - 1] + "…"
