"""Version 11: looks in stages, declared before they are taken; how often labels were taken off the queue."""

from __future__ import annotations

from annotate_app.store.migrations.migration import Migration, never_changed, statements

TABLES = """
CREATE TABLE look_plan (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id), number INTEGER NOT NULL,
  judge_name TEXT NOT NULL, sha256 TEXT NOT NULL, content TEXT NOT NULL, actor TEXT NOT NULL,
  at TEXT NOT NULL, UNIQUE (study_id, number))

CREATE TABLE look_stage (
  plan_id INTEGER NOT NULL REFERENCES look_plan (id), stage INTEGER NOT NULL,
  wave_id INTEGER NOT NULL REFERENCES wave (id), actor TEXT NOT NULL, at TEXT NOT NULL,
  PRIMARY KEY (plan_id, stage))

CREATE TABLE look_plan_end (
  plan_id INTEGER PRIMARY KEY REFERENCES look_plan (id), stage INTEGER NOT NULL, outcome TEXT NOT NULL,
  reason TEXT, actor TEXT NOT NULL, at TEXT NOT NULL)

CREATE TABLE rated_removed (study_id INTEGER PRIMARY KEY REFERENCES study (id), times INTEGER NOT NULL)

CREATE TRIGGER rated_is_removed AFTER DELETE ON rated
BEGIN INSERT INTO rated_removed (study_id, times) VALUES (OLD.study_id, 1)
  ON CONFLICT (study_id) DO UPDATE SET times = times + 1; END
"""

APPEND_ONLY = ("look_plan", "look_stage", "look_plan_end")

MIGRATION = Migration(
    11,
    "looks in stages; labels taken off the queue",
    statements(TABLES) + tuple(trigger for table in APPEND_ONLY for trigger in never_changed(table)),
)
