"""What differs between two reports as JSON; held-out numbers only as certificates quote them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calibration.period import Change, Reading, readings
from calibration.render.words import CAPTIONS, from_json

Content = Mapping[str, Any]
NOTHING = "—"


def changes(now: Content, before: Content | None, coefficients: Mapping[str, str]) -> tuple[Change, ...]:
    """Counts, rubric, judges, certificates and agreement that are not what they were."""
    then: Content = before or {}
    found = [
        *_counts(now, then), *_rubric(now, then), *_judges(now, then), *_certificates(now, then),
        *_agreement(readings(now, coefficients), readings(then, coefficients)),
    ]  # fmt: skip
    return tuple(one for one in found if one.before != one.now)


def _counts(now: Content, then: Content) -> list[Change]:
    rows = (("items", "items"), ("labelled", "items with labels"), ("labels", "labels that stand"))
    found = [Change(words, _total(then, key), _total(now, key)) for key, words in rows]
    names = sorted({*_by_name(now, "judges"), *_by_name(then, "judges")})
    given = [
        Change(
            f"verdicts of {name}", _of(then, "judges", name, "verdicts"), _of(now, "judges", name, "verdicts")
        )
        for name in names
    ]
    return [*found, *given]


def _total(content: Content, key: str) -> str:
    return str(sum(one[key] or 0 for one in content["items"])) if "items" in content else NOTHING


def _rubric(now: Content, then: Content) -> list[Change]:
    return [
        Change(
            "rubric version",
            str(then.get("rubric", {}).get("sha256", NOTHING))[:12],
            now["rubric"]["sha256"][:12],
        )
    ]


def _judges(now: Content, then: Content) -> list[Change]:
    """Who the judges are, and which models providers report."""
    names = sorted({*_by_name(now, "judges"), *_by_name(then, "judges")})
    found = []
    for name in names:
        for key, words in (
            ("spec_hash", "identity"),
            ("requested", "what it is"),
            ("observed", "reported model"),
        ):
            before, after = _of(then, "judges", name, key), _of(now, "judges", name, key)
            found.append(Change(f"{words} of {name}", before, after, "undecided" if then else "plain"))
    return found


def _certificates(now: Content, then: Content) -> list[Change]:
    def outcomes(content: Content) -> dict[str, str]:
        return {
            f"{d['judge']} on {', '.join(d['criteria'])}": ", ".join(
                (d["outcome"], f"look {d['look']}", d["issued"][:10])
            )
            for d in content.get("decisions", ())
        }

    before, after = outcomes(then), outcomes(now)
    return [
        Change(
            f"certificate of {about}", before.get(about, "none"), after.get(about, "none"),
            after.get(about, "none").split(",")[0],
        )
        for about in sorted({*before, *after})
    ]  # fmt: skip


def _agreement(
    now: Mapping[tuple[str, str], Reading], then: Mapping[tuple[str, str], Reading]
) -> list[Change]:
    found = []
    for key, one in now.items():
        former = then.get(key)
        same = former is not None and (former.split, former.coefficient) == (one.split, one.coefficient)
        before = from_json(former.estimate) if former is not None and same else NOTHING
        name = CAPTIONS.get(one.coefficient, one.coefficient)
        what = f"{one.judge} on {one.criterion}, {name} on {one.split}"
        found.append(Change(what, before, from_json(one.estimate)))
    return found


def _by_name(content: Content, key: str) -> dict[str, Content]:
    return {one["name"]: one for one in content.get(key, ())}


def _of(content: Content, key: str, name: str, part: str) -> str:
    found = _by_name(content, key).get(name)
    if found is None:
        return NOTHING
    value = found[part]
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "not reported"
    return str(value)[:12] if part == "spec_hash" else str(value)
