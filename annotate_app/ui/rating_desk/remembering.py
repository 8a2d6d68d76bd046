"""When a database was set back to a backup: pages ask what it lacks, and send that once more.

A page notices that another process answers it; nothing new of its rater is stored before it has asked.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Annotated

from pydantic import Field, StringConstraints

from annotate_app.desk import Desk
from annotate_app.services import known as services_known
from annotate_app.services import labelling
from annotate_app.services.labelling import NextItem, Receipt, UnknownItem
from annotate_app.ui.rating_desk.identity import signer_of
from annotate_app.ui.rating_desk.messages import JSON, Message, Outbox, Sent
from annotate_app.ui.rating_desk.sealing import Sealed, opened, seal

PROCESS = secrets.token_hex(8)  # which process answers: a database is set back between two
MOST = 500
NEVER_GIVEN = (
    "This item was never given to you, so its answers are not saved. Reload the page; if you were shown it, "
    "tell the lead."
)


class Remembered(Message):
    """Ids of what a page was told is stored; those of what was taken back begin with "undo:"."""

    ids: Annotated[
        tuple[Annotated[str, StringConstraints(min_length=1, max_length=200)], ...],
        Field(max_length=MOST, strict=False),
    ]


def known(desk: Desk, rater: str, remembered: Remembered) -> JSON:
    """Which of these the database lacks, and who says so."""
    return {"process": PROCESS, "unknown": list(services_known.not_stored(desk, rater, remembered.ids))}


def is_strange(outbox: Outbox) -> bool:
    """Whether the page believes that another process answers: it has to ask what is known first."""
    return outbox.process is not None and outbox.process != PROCESS


def sealed(desk: Desk, rater: str, found: NextItem) -> str:
    """The seal of an item that the page is given."""
    return seal(_key(desk), rater, Sealed(found.item.item_id, found.purpose, found.wave))


def submit(desk: Desk, rater: str, sent: Sent) -> Receipt:
    """Save what was sent; by its seal where the database does not know the token (any more).

    An id alone is no reason to take an answer: a page could name any item, and My work would show it. Raises
    UnknownItem for an item that the rater was never given; and whatever `labelling.submit` raises.
    """
    submission = sent.submission(rater)
    if services_known.is_token(desk, rater, sent.item_id):
        return labelling.submit(desk, submission)
    found = opened(_key(desk), rater, sent.seal) if sent.seal is not None else None
    if found is not None:
        submission = replace(submission, item_id=found.item_id, purpose=found.purpose, wave=found.wave)
        return labelling.submit(desk, submission)
    given = services_known.given_as(desk, rater, sent.item_id, sent.purpose)
    if given is None:
        raise UnknownItem(NEVER_GIVEN)
    return labelling.submit(desk, replace(submission, purpose=given.purpose, wave=given.wave))


def _key(desk: Desk) -> bytes:
    return signer_of(desk).key
