"""The tables of planted items, tokens of the desk and steps inside a wave as SQLModel classes; no logic."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class PlantedRow(SQLModel, table=True):
    """A lead's variant of an item with a known error; the item itself stands outside the study's data."""

    __tablename__ = "planted"

    item_id: int | None = Field(default=None, primary_key=True, foreign_key="item.id")
    study_id: int = Field(foreign_key="study.id")
    origin_id: int = Field(foreign_key="item.id")
    sha256: str
    failure_mode: str
    spans: str
    expected: str
    note: str | None = None
    author: str
    at: str


class PlantedRetiredRow(SQLModel, table=True):
    """A planted item that is no longer asked, and why."""

    __tablename__ = "planted_retired"

    item_id: int | None = Field(default=None, primary_key=True, foreign_key="planted.item_id")
    actor: str
    reason: str
    at: str


class DeskTokenRow(SQLModel, table=True):
    """What a rater's page calls an item it was given: it says neither which item nor what for."""

    __tablename__ = "desk_token"

    token: str = Field(primary_key=True)
    item_id: int = Field(foreign_key="item.id")
    rater_id: int = Field(foreign_key="rater.id")
    purpose: int
    wave_id: int | None = None


class WaveStepRow(SQLModel, table=True):
    """How many items a rater has answered inside a wave, added ones among them."""

    __tablename__ = "wave_step"

    rater_id: int = Field(primary_key=True, foreign_key="rater.id")
    wave_id: int = Field(primary_key=True, foreign_key="wave.id")
    answered: int
