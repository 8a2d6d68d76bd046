"""Why an item is asked, where the study says raters may know; never a verdict, nor what is mixed in."""

from __future__ import annotations

from annotate_app.desk import Desk
from annotate_app.services.labelling_values import NextItem
from annotate_app.services.rights import HOLDER
from annotate_app.services.targeting import list_waves
from calibration.triage.design import RELABEL

WORDS = {
    "random": "Asked because it was drawn at random.",
    "stratified": "Asked because it was drawn at random from its kind.",
    "mixed": "Asked because it was drawn: in part at random, in part where a judge is in doubt.",
    "search": "Asked because a judge is in doubt about items like this.",
}
POOL = "Asked because it is one of the study's own items."


def why_asked(desk: Desk, upcoming: NextItem) -> str:
    """One sentence, the same for every item of a wave; empty unless study.toml says `show_why = true`."""
    if not desk.study_file.study.show_why or upcoming.purpose == "training":
        return ""
    designs = {wave.name: wave.design for wave in list_waves(desk, role=HOLDER)} if upcoming.wave else {}
    design = designs.get(upcoming.wave or "")
    if design is None:
        return POOL
    return WORDS["stratified" if design.signal == RELABEL else design.kind]
