"""The numbers under which words are stored; a number once given to a word stays with it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rubrics.answers import Blind, LabelStatus, Purpose, VerdictStatus

PURPOSE: Mapping[Purpose, int] = MappingProxyType(
    {"estimate": 0, "search": 1, "gold": 2, "planted": 3, "repeat": 4, "training": 5, "anchor": 6}
)
LABEL_STATUS: Mapping[LabelStatus, int] = MappingProxyType(
    {"observed": 0, "not_applicable": 1, "skipped": 2, "withdrawn": 3}
)
VERDICT_STATUS: Mapping[VerdictStatus, int] = MappingProxyType(
    {"observed": 0, "not_applicable": 1, "abstained": 2, "parse_error": 3, "provider_error": 4}
)
PURPOSE_NAMED: Mapping[int, Purpose] = MappingProxyType({n: word for word, n in PURPOSE.items()})
LABEL_STATUS_NAMED: Mapping[int, LabelStatus] = MappingProxyType({n: w for w, n in LABEL_STATUS.items()})
VERDICT_STATUS_NAMED: Mapping[int, VerdictStatus] = MappingProxyType(
    {n: w for w, n in VERDICT_STATUS.items()}
)

# Bits of label.flags.
BLIND_PEERS, BLIND_JUDGE, ADJUDICATED = 1, 2, 4


def flags_of(blind: Blind, *, adjudicated: bool = False) -> int:
    """The bits of a label: what the rater had not seen, and whether it is an agreed answer."""
    return BLIND_PEERS * blind.peers + BLIND_JUDGE * blind.judge + ADJUDICATED * adjudicated


def blind_of(flags: int) -> Blind:
    """What the rater had not seen, from the label's flags."""
    return Blind(peers=bool(flags & BLIND_PEERS), judge=bool(flags & BLIND_JUDGE))
