"""Tokens: what a rater's page calls an item it was given; it learns neither its id nor its purpose."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlmodel import Session

from annotate_app.store.codes import PURPOSE, PURPOSE_NAMED
from annotate_app.store.sql import one, run
from rubrics.answers import Purpose


@dataclass(frozen=True, slots=True)
class Meant:
    """What a token stands for."""

    item: int
    purpose: Purpose
    wave_id: int | None


def of_item(session: Session, item: int, rater_id: int, purpose: Purpose, wave_id: int | None) -> str:
    """The token of an item that a rater is asked for a purpose; the same as long as the database lives."""
    values = {"item": item, "rater": rater_id, "purpose": PURPOSE[purpose]}
    known = one(
        session,
        "SELECT token, wave_id FROM desk_token WHERE item_id = :item AND rater_id = :rater "
        "AND purpose = :purpose",
        values,
    )
    if known is not None and known["wave_id"] == wave_id:
        return str(known["token"])
    token = secrets.token_hex(16) if known is None else str(known["token"])
    run(
        session,
        "INSERT INTO desk_token (token, item_id, rater_id, purpose, wave_id) "
        "VALUES (:token, :item, :rater, :purpose, :wave) "
        "ON CONFLICT (item_id, rater_id, purpose) DO UPDATE SET wave_id = excluded.wave_id",
        values | {"token": token, "wave": wave_id},
    )
    return token


def find(session: Session, rater_id: int, token: str) -> Meant | None:
    """What the rater's token stands for; None for anything that is none of theirs."""
    found = one(
        session,
        "SELECT item_id, purpose, wave_id FROM desk_token WHERE token = :token AND rater_id = :rater",
        {"token": token, "rater": rater_id},
    )
    return (
        None if found is None else Meant(found["item_id"], PURPOSE_NAMED[found["purpose"]], found["wave_id"])
    )
