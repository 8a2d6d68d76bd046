"""The judges that study.toml declares, with their identity; of a panel the members' too, and no circles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

from calibration.judges.faults import BadJudge, read_parameters
from calibration.judges.panel import PanelSettings
from calibration.judges.spec import JudgeSpec, read_spec
from rubrics.rubric import Rubric

Definitions = Mapping[str, Mapping[str, object]]
FEWEST = 2


def declared_spec(name: str, definitions: Definitions, *, folder: Path, rubric: Rubric) -> JudgeSpec:
    """The specification of study.toml's [judges.NAME]; `definitions` are all its judges by name.

    A panel's holds the spec hashes of its members in its order, so that a change of any is another panel.
    Raises BadJudge as `read_spec` does.
    """
    return _spec(name, definitions, folder, rubric, ())


def _spec(
    name: str, definitions: Definitions, folder: Path, rubric: Rubric, above: tuple[str, ...]
) -> JudgeSpec:
    definition = definitions[name]
    own = read_spec(name, definition, folder=folder, rubric=rubric)
    if own.kind != "panel":
        return own
    if name in above:
        circle = " asks ".join((*above[above.index(name) :], name))
        raise BadJudge(f"study.toml, [judges.{name}] panel: a panel cannot ask itself: {circle}")
    settings = read_parameters(PanelSettings, name, own.parameters, what="a panel")
    members = panel_members(name, definitions)
    _refuse_misfit(name, settings, len(members), rubric, own)
    hashes = [_spec(member, definitions, folder, rubric, (*above, name)).spec_hash for member in members]
    return replace(own, members=tuple(hashes))


def panel_members(name: str, definitions: Definitions) -> tuple[str, ...]:
    """The names of a panel's members: at least two, each once, all of them judges of study.toml."""
    members = tuple(cast("tuple[str, ...]", definitions[name]["panel"]))
    where = f"study.toml, [judges.{name}] panel"
    unknown = [member for member in members if member not in definitions]
    if unknown:
        known = ", ".join(other for other in definitions if other != name) or "none"
        raise BadJudge(f"{where}: there is no judge {unknown[0]!r}; there are {known}")
    if len(set(members)) < len(members) or len(members) < FEWEST:
        raise BadJudge(f"{where}: name at least {FEWEST} judges, each once")
    return members


def _refuse_misfit(name: str, settings: PanelSettings, members: int, rubric: Rubric, own: JudgeSpec) -> None:
    """A median needs numbers, a quorum no more members than there are."""
    place = f"study.toml, [judges.{name}] parameters"
    if settings.quorum is not None and settings.quorum > members:
        raise BadJudge(f"{place}.quorum = {settings.quorum}: the panel has {members} members")
    asked = [c for c in rubric.criteria if own.answers(c.name)]
    words = next((c.name for c in asked if not c.scale.is_numeric), None)
    if settings.combine == "median" and words is not None:
        raise BadJudge(
            f'{place}.combine = "median": the answers to {words!r} are no numbers; name the numeric ones in '
            "`criteria`"
        )
