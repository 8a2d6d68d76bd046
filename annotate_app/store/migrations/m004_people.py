"""Version 4: training rounds, questions to the lead, and an index for a rater's own work."""

from __future__ import annotations

from annotate_app.store.migrations.migration import Migration, never_changed, statements

# Purpose 5 is training, flag 4 an agreed answer: what a training item is compared with.
TABLES = """
CREATE INDEX rated_by_newest ON rated (rater_id, submission_id, item_id)

CREATE INDEX label_of_training ON label (item_id, criterion_id, revision) WHERE purpose = 5 AND flags & 4 <> 0

CREATE TABLE training_round (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id),
  rater_id INTEGER NOT NULL REFERENCES rater (id), number INTEGER NOT NULL, items TEXT NOT NULL,
  pass_share REAL NOT NULL, after_submission INTEGER NOT NULL, at TEXT NOT NULL, UNIQUE (rater_id, number))

CREATE TABLE training_result (
  round_id INTEGER PRIMARY KEY REFERENCES training_round (id), right_answers INTEGER NOT NULL,
  answers INTEGER NOT NULL, passed BOOLEAN NOT NULL, at TEXT NOT NULL)

CREATE TABLE thread (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id),
  item_id INTEGER NOT NULL REFERENCES item (id), rater_id INTEGER NOT NULL REFERENCES rater (id),
  at TEXT NOT NULL, UNIQUE (item_id, rater_id))

CREATE INDEX thread_by_study ON thread (study_id, id)

CREATE TABLE thread_entry (
  id INTEGER PRIMARY KEY, entry_id TEXT NOT NULL UNIQUE, thread_id INTEGER NOT NULL REFERENCES thread (id),
  kind TEXT NOT NULL, author TEXT NOT NULL, text TEXT, rubric_id INTEGER REFERENCES rubric_version (id),
  at TEXT NOT NULL)

CREATE INDEX thread_entry_by_thread ON thread_entry (thread_id, id)

CREATE INDEX thread_entry_of_rulings ON thread_entry (id) WHERE kind = 'ruling'
"""

APPEND_ONLY = ("training_round", "training_result", "thread", "thread_entry")

MIGRATION = Migration(
    4,
    "people: training rounds, questions to the lead, own work",
    statements(TABLES) + tuple(trigger for table in APPEND_ONLY for trigger in never_changed(table)),
)
