"""Version 9: production traffic that was seen, what judges said of it over time, and alarms."""

from __future__ import annotations

from annotate_app.store.migrations.migration import Migration, never_changed, statements

TABLES = """
CREATE TABLE monitor_run (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id), judge_name TEXT NOT NULL,
  files TEXT NOT NULL, software TEXT NOT NULL, at TEXT NOT NULL)

CREATE TABLE monitor_state (
  run_id INTEGER PRIMARY KEY REFERENCES monitor_run (id), content TEXT NOT NULL, at TEXT NOT NULL)

CREATE TABLE monitor_item (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id), item_id TEXT NOT NULL,
  sha256 TEXT NOT NULL, stratum TEXT, sensitive BOOLEAN NOT NULL, pi_judged REAL NOT NULL,
  pi_reviewed REAL NOT NULL, weight REAL NOT NULL, judged BOOLEAN NOT NULL, reviewed BOOLEAN NOT NULL,
  run_id INTEGER NOT NULL REFERENCES monitor_run (id), at TEXT NOT NULL, UNIQUE (study_id, item_id))

CREATE TABLE monitor_observation (
  id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES monitor_run (id),
  judge_id INTEGER NOT NULL REFERENCES judge (id), criterion_id INTEGER NOT NULL REFERENCES criterion (id),
  kind TEXT NOT NULL, step INTEGER NOT NULL, item_id INTEGER NOT NULL REFERENCES item (id), value TEXT,
  good BOOLEAN, passes BOOLEAN, passed_before BOOLEAN, weight REAL NOT NULL, reported_model TEXT,
  cost_usd REAL, at TEXT NOT NULL, UNIQUE (judge_id, criterion_id, kind, step))

CREATE TABLE alarm (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id),
  run_id INTEGER NOT NULL REFERENCES monitor_run (id), kind TEXT NOT NULL, subject TEXT NOT NULL,
  content TEXT NOT NULL, at TEXT NOT NULL)

CREATE INDEX alarm_by_study ON alarm (study_id, id)
"""

APPEND_ONLY = ("monitor_run", "monitor_state", "monitor_item", "monitor_observation", "alarm")

MIGRATION = Migration(
    9,
    "monitoring: traffic, observations over time, alarms",
    statements(TABLES) + tuple(trigger for table in APPEND_ONLY for trigger in never_changed(table)),
)
