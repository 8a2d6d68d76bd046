"""Version 12: planted items, what a page calls an item it was given, how far a rater is inside a wave."""

from __future__ import annotations

from annotate_app.store.migrations.migration import Migration, never_changed, statements

TABLES = """
CREATE TABLE planted (
  item_id INTEGER PRIMARY KEY REFERENCES item (id), study_id INTEGER NOT NULL REFERENCES study (id),
  origin_id INTEGER NOT NULL REFERENCES item (id), sha256 TEXT NOT NULL, failure_mode TEXT NOT NULL,
  spans TEXT NOT NULL, expected TEXT NOT NULL, note TEXT, author TEXT NOT NULL, at TEXT NOT NULL,
  UNIQUE (study_id, sha256))

CREATE TABLE planted_retired (
  item_id INTEGER PRIMARY KEY REFERENCES planted (item_id), actor TEXT NOT NULL, reason TEXT NOT NULL,
  at TEXT NOT NULL)

CREATE TABLE desk_token (
  token TEXT PRIMARY KEY, item_id INTEGER NOT NULL REFERENCES item (id),
  rater_id INTEGER NOT NULL REFERENCES rater (id), purpose INTEGER NOT NULL, wave_id INTEGER,
  UNIQUE (item_id, rater_id, purpose)) WITHOUT ROWID

CREATE TABLE wave_step (
  rater_id INTEGER NOT NULL REFERENCES rater (id), wave_id INTEGER NOT NULL REFERENCES wave (id),
  answered INTEGER NOT NULL, PRIMARY KEY (rater_id, wave_id)) WITHOUT ROWID
"""

MIGRATION = Migration(
    12,
    "waves: planted items, tokens of the desk, steps inside a wave",
    statements(TABLES)
    + tuple(trigger for table in ("planted", "planted_retired") for trigger in never_changed(table)),
)
