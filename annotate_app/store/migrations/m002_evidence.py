"""Version 2: splits, waves, looks and reports."""

from __future__ import annotations

from annotate_app.store.migrations.migration import Migration, never_changed, statements

TABLES = """
CREATE TABLE split_version (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id), number INTEGER NOT NULL,
  sha256 TEXT NOT NULL, seed INTEGER NOT NULL, shares TEXT NOT NULL, parent TEXT,
  together TEXT NOT NULL, reason TEXT, actor TEXT, at TEXT NOT NULL, UNIQUE (study_id, number))

CREATE TABLE split_member (
  version_id INTEGER NOT NULL REFERENCES split_version (id), item_id INTEGER NOT NULL REFERENCES item (id),
  split TEXT NOT NULL, PRIMARY KEY (version_id, item_id)) WITHOUT ROWID

CREATE INDEX split_member_by_split ON split_member (version_id, split, item_id)

CREATE TABLE wave (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id), number INTEGER NOT NULL,
  name TEXT NOT NULL, split TEXT NOT NULL, purpose INTEGER NOT NULL, design TEXT NOT NULL,
  seed INTEGER NOT NULL, frame_sha256 TEXT NOT NULL, split_version_id INTEGER REFERENCES split_version (id),
  ordered BOOLEAN NOT NULL, size INTEGER NOT NULL, actor TEXT, at TEXT NOT NULL,
  UNIQUE (study_id, number), UNIQUE (study_id, name))

CREATE TABLE wave_item (
  wave_id INTEGER NOT NULL REFERENCES wave (id), item_id INTEGER NOT NULL REFERENCES item (id),
  pi REAL, selected BOOLEAN NOT NULL, position INTEGER, raters INTEGER NOT NULL, doubt REAL, reason TEXT,
  PRIMARY KEY (wave_id, item_id)) WITHOUT ROWID

CREATE UNIQUE INDEX wave_item_by_position ON wave_item (wave_id, position) WHERE position IS NOT NULL

CREATE INDEX wave_item_by_item ON wave_item (item_id, wave_id)

CREATE TABLE wave_closed (
  wave_id INTEGER PRIMARY KEY REFERENCES wave (id), actor TEXT, reason TEXT, at TEXT NOT NULL)

CREATE TABLE look (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id), number INTEGER NOT NULL,
  k INTEGER NOT NULL, judge_name TEXT NOT NULL, spec_hash TEXT, rubric_sha256 TEXT,
  policy_sha256 TEXT NOT NULL, split_version_id INTEGER REFERENCES split_version (id), alpha REAL NOT NULL,
  plan TEXT, outcome TEXT NOT NULL, certificate_sha256 TEXT NOT NULL, certificate TEXT NOT NULL, sealed TEXT,
  actor TEXT, at TEXT NOT NULL, UNIQUE (study_id, number))

CREATE TABLE report (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id), sha256 TEXT NOT NULL,
  content TEXT NOT NULL, software TEXT NOT NULL, at TEXT NOT NULL, UNIQUE (study_id, sha256))
"""

APPEND_ONLY = ("split_version", "split_member", "wave", "wave_item", "wave_closed", "look", "report")

MIGRATION = Migration(
    2,
    "evidence: splits, waves, looks, reports",
    statements(TABLES) + tuple(trigger for table in APPEND_ONLY for trigger in never_changed(table)),
)
