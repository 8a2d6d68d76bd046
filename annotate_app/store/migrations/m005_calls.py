"""Version 5: judges' calls and runs, probes, and what a verdict says of its sources."""

from __future__ import annotations

from annotate_app.store.migrations.migration import Migration, never_changed, statements

TABLES = """
ALTER TABLE verdict ADD COLUMN reason TEXT

ALTER TABLE verdict ADD COLUMN confidences TEXT

CREATE TABLE judge_run (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id),
  judge_id INTEGER NOT NULL REFERENCES judge (id), purpose TEXT NOT NULL, options TEXT NOT NULL,
  software TEXT NOT NULL, at TEXT NOT NULL)

CREATE INDEX judge_run_by_judge ON judge_run (judge_id, id)

CREATE TABLE judge_run_end (
  run_id INTEGER PRIMARY KEY REFERENCES judge_run (id), outcome TEXT NOT NULL, counts TEXT NOT NULL,
  at TEXT NOT NULL)

CREATE TABLE briefing (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id), sha256 TEXT NOT NULL,
  content TEXT NOT NULL, UNIQUE (study_id, sha256))

CREATE TABLE call (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id), key TEXT NOT NULL,
  run_id INTEGER NOT NULL REFERENCES judge_run (id), briefing_id INTEGER NOT NULL REFERENCES briefing (id),
  item_id INTEGER NOT NULL REFERENCES item (id), replicate INTEGER NOT NULL, request TEXT NOT NULL,
  response TEXT NOT NULL, reported_model TEXT, fingerprint TEXT, tokens_in INTEGER, tokens_out INTEGER,
  cost_usd REAL, latency_seconds REAL NOT NULL, attempts INTEGER NOT NULL, at TEXT NOT NULL,
  UNIQUE (study_id, key))

CREATE INDEX call_by_run ON call (run_id)

CREATE TABLE failed_call (
  id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES judge_run (id),
  item_id INTEGER NOT NULL REFERENCES item (id), key TEXT NOT NULL, kind TEXT NOT NULL,
  message TEXT NOT NULL, attempts INTEGER NOT NULL, at TEXT NOT NULL)

CREATE INDEX failed_call_by_run ON failed_call (run_id)

CREATE INDEX failed_call_by_key ON failed_call (key, id)

CREATE TABLE probe (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id),
  judge_id INTEGER NOT NULL REFERENCES judge (id), kind TEXT NOT NULL, content TEXT NOT NULL,
  at TEXT NOT NULL)

CREATE INDEX probe_by_judge ON probe (judge_id, kind, id)
"""

APPEND_ONLY = ("judge_run", "judge_run_end", "briefing", "call", "failed_call", "probe")

MIGRATION = Migration(
    5,
    "calls: what judges were asked and answered, runs, probes",
    statements(TABLES) + tuple(trigger for table in APPEND_ONLY for trigger in never_changed(table)),
)
