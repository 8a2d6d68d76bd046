"""Version 18: pseudonyms of persons, and what was erased of whom."""

from __future__ import annotations

from annotate_app.store.migrations.migration import Migration, never_changed, statements

# pseudonym.name is NULL once the person was erased: from then on nothing says who it was.
# erasure.after_rater_id: whom the rater stood behind in order of name. The order of raters decides the last
# digits of numbers, so an erased rater keeps the place. rater_id is NULL where the person was no rater.
# erased_evidence: what the hash of a certificate's labels became when a name among them was replaced.
TABLES = """
CREATE TABLE pseudonym (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id), pseudonym TEXT NOT NULL,
  name TEXT, made_at TEXT NOT NULL, UNIQUE (study_id, pseudonym), UNIQUE (study_id, name))

CREATE TABLE erasure (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id), pseudonym TEXT NOT NULL,
  rater_id INTEGER REFERENCES rater (id), after_rater_id INTEGER REFERENCES rater (id),
  texts BOOLEAN NOT NULL, actor TEXT NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL)

CREATE TABLE erased_evidence (
  id INTEGER PRIMARY KEY, erasure_id INTEGER NOT NULL REFERENCES erasure (id),
  certificate_sha256 TEXT NOT NULL, labels_before TEXT NOT NULL, labels_after TEXT NOT NULL)

CREATE INDEX erased_evidence_by_certificate ON erased_evidence (certificate_sha256, id)
"""

APPEND_ONLY = ("erasure", "erased_evidence")

MIGRATION = Migration(
    18,
    "operations: pseudonyms, erasure",
    statements(TABLES) + tuple(trigger for table in APPEND_ONLY for trigger in never_changed(table)),
)
