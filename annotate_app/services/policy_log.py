"""The policy in the log: each change of what a certificate is judged by, when it is first seen."""

from __future__ import annotations

from annotate_app.desk import FILES, Desk
from annotate_app.services import audit
from annotate_app.store import audit as store
from calibration.policy import BadPolicy, read_policy

CHANGED = "policy.changed"


def note_policy(desk: Desk) -> bool:
    """Enter the policy of study.toml if it is another than the last one seen; whether it was.

    The hash is the one that certificates carry. A policy that cannot be read is no policy: commands that
    need it say why.
    """
    try:
        policy = read_policy(desk.study_file.policy, desk.rubric, strata=desk.study_file.strata_shares)
    except BadPolicy:
        return False
    with desk.store.reading() as session:
        last = store.last(session, desk.study_id, CHANGED)
    before = None if last is None else last.detail["sha256"]
    if before == policy.sha256:
        return False
    with desk.store.writing() as session:
        detail = {"sha256": policy.sha256, "before": before}
        audit.record(session, desk, actor=FILES, kind=CHANGED, detail=detail)
    return True
