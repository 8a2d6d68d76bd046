"""Version 1: studies, rubrics, items, raters, judges, the label journal, verdicts, claims."""

from __future__ import annotations

from annotate_app.store.migrations.migration import Migration, never_changed, statements

TABLES = """
CREATE TABLE study (
  id INTEGER PRIMARY KEY, study_key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, created_at TEXT NOT NULL)

CREATE TABLE rubric_version (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id), number INTEGER NOT NULL,
  sha256 TEXT NOT NULL, content TEXT NOT NULL, registered_at TEXT NOT NULL,
  UNIQUE (study_id, sha256), UNIQUE (study_id, number))

CREATE TABLE criterion (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id), name TEXT NOT NULL,
  UNIQUE (study_id, name))

CREATE TABLE answer (
  criterion_id INTEGER NOT NULL REFERENCES criterion (id), code INTEGER NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (criterion_id, code), UNIQUE (criterion_id, value))

CREATE TABLE rater (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id), name TEXT NOT NULL,
  added_at TEXT NOT NULL, UNIQUE (study_id, name))

CREATE TABLE import_run (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id),
  rubric_id INTEGER NOT NULL REFERENCES rubric_version (id), files TEXT NOT NULL, options TEXT NOT NULL,
  counts TEXT NOT NULL, at TEXT NOT NULL)

CREATE TABLE item (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id), item_id TEXT NOT NULL,
  position INTEGER NOT NULL, kind TEXT NOT NULL, sha256 TEXT NOT NULL, stratum TEXT, cluster TEXT,
  sensitive BOOLEAN NOT NULL, system TEXT, system_a TEXT, system_b TEXT, input_id TEXT, correlation_id TEXT,
  import_id INTEGER REFERENCES import_run (id), meta TEXT, sources TEXT, reference TEXT, context TEXT,
  input TEXT, output TEXT, output_a TEXT, output_b TEXT,
  UNIQUE (study_id, item_id), UNIQUE (study_id, position))

CREATE INDEX item_by_stratum ON item (study_id, stratum, position)

CREATE TABLE submission (
  id INTEGER PRIMARY KEY, submission_id TEXT NOT NULL UNIQUE,
  study_id INTEGER NOT NULL REFERENCES study (id), item_id INTEGER NOT NULL REFERENCES item (id),
  rater_id INTEGER NOT NULL REFERENCES rater (id), rubric_id INTEGER NOT NULL REFERENCES rubric_version (id),
  kind TEXT NOT NULL, purpose INTEGER NOT NULL, wave_id INTEGER, first_side TEXT, active_seconds REAL,
  at TEXT NOT NULL, reason TEXT, note TEXT, failure_modes TEXT)

CREATE INDEX submission_by_rater ON submission (rater_id, id)

CREATE INDEX submission_by_item ON submission (item_id, rater_id, purpose, id)

CREATE TABLE label (
  id INTEGER PRIMARY KEY, criterion_id INTEGER NOT NULL REFERENCES criterion (id),
  item_id INTEGER NOT NULL REFERENCES item (id), rater_id INTEGER NOT NULL REFERENCES rater (id),
  purpose INTEGER NOT NULL, revision INTEGER NOT NULL, status INTEGER NOT NULL, flags INTEGER NOT NULL,
  code INTEGER, number REAL, sure BOOLEAN, submission_id INTEGER REFERENCES submission (id),
  import_id INTEGER REFERENCES import_run (id), wave_id INTEGER, pi REAL, active_seconds REAL, at TEXT,
  reason TEXT, rationale TEXT, evidence TEXT, failure_modes TEXT, extra TEXT)

CREATE INDEX label_cell ON label
  (criterion_id, item_id, rater_id, purpose, revision, status, flags, code)

CREATE INDEX label_stated_pi ON label (criterion_id, item_id, pi) WHERE pi IS NOT NULL AND wave_id IS NULL

CREATE INDEX label_by_submission ON label (submission_id) WHERE submission_id IS NOT NULL

CREATE TRIGGER label_revision_in_order BEFORE INSERT ON label
WHEN NEW.revision <> 1 + (
  SELECT count(*) FROM label WHERE criterion_id = NEW.criterion_id AND item_id = NEW.item_id
  AND rater_id = NEW.rater_id AND purpose = NEW.purpose)
BEGIN SELECT RAISE(ABORT, 'a label is the next revision of its cell'); END

CREATE TABLE judge (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id), name TEXT NOT NULL,
  spec_hash TEXT NOT NULL, spec TEXT, registered_at TEXT NOT NULL, UNIQUE (study_id, name, spec_hash))

CREATE TABLE verdict (
  id INTEGER PRIMARY KEY, criterion_id INTEGER NOT NULL REFERENCES criterion (id),
  judge_id INTEGER NOT NULL REFERENCES judge (id), item_id INTEGER NOT NULL REFERENCES item (id),
  replicate INTEGER NOT NULL, take INTEGER NOT NULL, status INTEGER NOT NULL, code INTEGER, number REAL,
  confidence REAL, confidence_kind TEXT, expected REAL, import_id INTEGER REFERENCES import_run (id),
  reported_model TEXT, tokens_in INTEGER, tokens_out INTEGER, cost_usd REAL, latency_seconds REAL, at TEXT,
  probs TEXT, raw_value TEXT, rationale TEXT)

CREATE INDEX verdict_cell ON verdict (criterion_id, judge_id, item_id, replicate, take, status, code)

CREATE TRIGGER verdict_take_in_order BEFORE INSERT ON verdict
WHEN NEW.take <> 1 + (
  SELECT count(*) FROM verdict WHERE criterion_id = NEW.criterion_id AND judge_id = NEW.judge_id
  AND item_id = NEW.item_id AND replicate = NEW.replicate)
BEGIN SELECT RAISE(ABORT, 'a verdict is the next take of its cell'); END

CREATE TABLE rated (
  item_id INTEGER NOT NULL REFERENCES item (id), rater_id INTEGER NOT NULL REFERENCES rater (id),
  purpose INTEGER NOT NULL, study_id INTEGER NOT NULL REFERENCES study (id), submission_id INTEGER,
  PRIMARY KEY (item_id, rater_id, purpose)) WITHOUT ROWID

CREATE INDEX rated_by_item ON rated (study_id, purpose, item_id, rater_id)

CREATE INDEX rated_by_rater ON rated (rater_id, purpose, item_id)

CREATE TABLE claim (
  item_id INTEGER NOT NULL REFERENCES item (id), rater_id INTEGER NOT NULL REFERENCES rater (id),
  purpose INTEGER NOT NULL, study_id INTEGER NOT NULL REFERENCES study (id), wave_id INTEGER,
  first_side TEXT NOT NULL, claimed_at TEXT NOT NULL, expires_at TEXT NOT NULL, withdrawn_id INTEGER,
  PRIMARY KEY (item_id, rater_id, purpose)) WITHOUT ROWID

CREATE INDEX claim_by_rater ON claim (rater_id, claimed_at)

CREATE TABLE queue_place (
  rater_id INTEGER NOT NULL REFERENCES rater (id), wave_id INTEGER NOT NULL, size INTEGER NOT NULL,
  place INTEGER NOT NULL, PRIMARY KEY (rater_id, wave_id)) WITHOUT ROWID

CREATE TABLE event (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id), at TEXT NOT NULL,
  actor TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL)

CREATE INDEX event_by_study ON event (study_id, id)
"""

APPEND_ONLY = ("label", "verdict", "submission", "rubric_version", "answer", "import_run", "event")

MIGRATION = Migration(
    1,
    "records: studies, rubrics, items, raters, labels, judges, verdicts, claims",
    statements(TABLES) + tuple(trigger for table in APPEND_ONLY for trigger in never_changed(table)),
)
