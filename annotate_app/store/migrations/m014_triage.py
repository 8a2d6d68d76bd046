"""Version 14: causes of disagreements between judges and people, and what became of failure modes."""

from __future__ import annotations

from annotate_app.store.migrations.migration import Migration, never_changed, statements

# triage_tag: the last one of (item, criterion, judge) counts, while verdict and reference are the same.
# mode_step.kind: defined, renamed, merged. mode_tag.kind: tagged, removed.
TABLES = """
CREATE TABLE triage_tag (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id),
  item_id INTEGER NOT NULL REFERENCES item (id), criterion_id INTEGER NOT NULL REFERENCES criterion (id),
  judge_name TEXT NOT NULL, verdict TEXT NOT NULL, reference TEXT NOT NULL, cause TEXT NOT NULL,
  note TEXT NOT NULL, actor TEXT NOT NULL, at TEXT NOT NULL)

CREATE INDEX triage_tag_by_study ON triage_tag (study_id, id)

CREATE TABLE mode_step (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id), kind TEXT NOT NULL,
  name TEXT NOT NULL, becomes TEXT, description TEXT, severity TEXT, visibility TEXT, detected_by TEXT,
  actor TEXT NOT NULL, at TEXT NOT NULL)

CREATE INDEX mode_step_by_study ON mode_step (study_id, id)

CREATE TABLE mode_tag (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id),
  item_id INTEGER NOT NULL REFERENCES item (id), mode TEXT NOT NULL, kind TEXT NOT NULL, note TEXT NOT NULL,
  actor TEXT NOT NULL, at TEXT NOT NULL)

CREATE INDEX mode_tag_by_study ON mode_tag (study_id, id)
"""

APPEND_ONLY = ("triage_tag", "mode_step", "mode_tag")

MIGRATION = Migration(
    14,
    "triage: causes of disagreements, failure modes over time",
    statements(TABLES) + tuple(trigger for table in APPEND_ONLY for trigger in never_changed(table)),
)
