"""Version 13: what leads decide about disputed answers, and what they send back to the raters."""

from __future__ import annotations

from annotate_app.store.migrations.migration import Migration, never_changed, statements

# kind: decided, undone, sent back, names shown. criterion_id is NULL where names were shown.
TABLES = """
CREATE TABLE adjudication (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id),
  item_id INTEGER NOT NULL REFERENCES item (id), criterion_id INTEGER REFERENCES criterion (id),
  kind TEXT NOT NULL, status TEXT, value TEXT, lead TEXT NOT NULL, words TEXT NOT NULL,
  labels_sha256 TEXT NOT NULL, rubric_id INTEGER NOT NULL REFERENCES rubric_version (id), at TEXT NOT NULL)

CREATE INDEX adjudication_by_cell ON adjudication (criterion_id, item_id, id)

CREATE TABLE sent_back (
  adjudication_id INTEGER NOT NULL REFERENCES adjudication (id),
  rater_id INTEGER NOT NULL REFERENCES rater (id), item_id INTEGER NOT NULL REFERENCES item (id),
  after_submission INTEGER NOT NULL, PRIMARY KEY (adjudication_id, rater_id)) WITHOUT ROWID

CREATE INDEX sent_back_by_rater ON sent_back (rater_id, item_id, after_submission)
"""

APPEND_ONLY = ("adjudication", "sent_back")

MIGRATION = Migration(
    13,
    "adjudication: decisions about disputed answers",
    statements(TABLES) + tuple(trigger for table in APPEND_ONLY for trigger in never_changed(table)),
)
