"""Version 17: who runs judges now, and which items and calls are in their hands."""

from __future__ import annotations

from annotate_app.store.migrations.migration import Migration, statements

# A runner is one run that is under way in one process; its lease is renewed while it works. crew: runs of one
# judge side by side, and what they have begun and paid together. expires_at: seconds since 1970 by the
# database's own clock.
TABLES = """
CREATE TABLE crew (
  id INTEGER PRIMARY KEY REFERENCES judge_run (id), calls INTEGER NOT NULL, paid_usd REAL NOT NULL)

CREATE TABLE runner (
  run_id INTEGER PRIMARY KEY REFERENCES judge_run (id), judge_id INTEGER NOT NULL REFERENCES judge (id),
  crew_id INTEGER NOT NULL REFERENCES crew (id), place TEXT NOT NULL, process INTEGER NOT NULL,
  expires_at REAL NOT NULL)

CREATE TABLE item_claim (
  judge_id INTEGER NOT NULL REFERENCES judge (id), item_id INTEGER NOT NULL REFERENCES item (id),
  run_id INTEGER NOT NULL REFERENCES runner (run_id), PRIMARY KEY (judge_id, item_id)) WITHOUT ROWID

CREATE INDEX item_claim_by_run ON item_claim (run_id)

CREATE TABLE call_claim (
  study_id INTEGER NOT NULL REFERENCES study (id), key TEXT NOT NULL,
  run_id INTEGER NOT NULL REFERENCES runner (run_id), PRIMARY KEY (study_id, key)) WITHOUT ROWID

CREATE INDEX call_claim_by_run ON call_claim (run_id)
"""

MIGRATION = Migration(17, "runners: items and calls in the hands of runs side by side", statements(TABLES))
