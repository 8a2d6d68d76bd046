"""Version 16: each entry of the journal of events is bound to the one before it."""

from __future__ import annotations

from annotate_app.store.migrations.migration import Migration, never_changed, statements

# event_link.sha256 is over the link before it and the entry; event_head, one row a study, is the last link:
# whoever adds an entry takes its row first, so that two entries at once do not follow the same one.
TABLES = """
CREATE TABLE event_link (
  event_id INTEGER PRIMARY KEY REFERENCES event (id), study_id INTEGER NOT NULL REFERENCES study (id),
  number INTEGER NOT NULL, sha256 TEXT NOT NULL, UNIQUE (study_id, number))

CREATE TABLE event_head (
  study_id INTEGER PRIMARY KEY REFERENCES study (id), number INTEGER NOT NULL, sha256 TEXT NOT NULL)

CREATE INDEX event_by_kind ON event (study_id, kind, id)
"""

MIGRATION = Migration(
    16,
    "audit: the journal of events as a chain",
    statements(TABLES) + never_changed("event_link"),
)
