"""Version 15: accounts, what they are in a study, sessions, invitations, personal tokens, failed logins."""

from __future__ import annotations

from annotate_app.store.migrations.migration import Migration, statements

# A membership is never removed: a study that had one asks for a login for ever. Roles come and go.
TABLES = """
CREATE TABLE account (
  id INTEGER PRIMARY KEY, login TEXT NOT NULL UNIQUE, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE,
  password_hash TEXT, issuer TEXT, subject TEXT, created_at TEXT NOT NULL, disabled_at TEXT,
  UNIQUE (issuer, subject))

CREATE TABLE membership (
  id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL REFERENCES study (id),
  account_id INTEGER NOT NULL REFERENCES account (id), rater_id INTEGER REFERENCES rater (id),
  at TEXT NOT NULL, UNIQUE (study_id, account_id), UNIQUE (study_id, rater_id))

CREATE TABLE membership_role (
  membership_id INTEGER NOT NULL REFERENCES membership (id), role TEXT NOT NULL, at TEXT NOT NULL,
  PRIMARY KEY (membership_id, role))

CREATE TABLE web_session (
  id INTEGER PRIMARY KEY, token_sha256 TEXT NOT NULL UNIQUE, study_id INTEGER NOT NULL REFERENCES study (id),
  account_id INTEGER NOT NULL REFERENCES account (id), how TEXT NOT NULL, created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL, seen_at TEXT NOT NULL, ended_at TEXT)

CREATE INDEX web_session_by_account ON web_session (account_id, ended_at)

CREATE TABLE invitation (
  id INTEGER PRIMARY KEY, token_sha256 TEXT NOT NULL UNIQUE, study_id INTEGER NOT NULL REFERENCES study (id),
  account_id INTEGER REFERENCES account (id), roles TEXT NOT NULL, rater_name TEXT, email TEXT,
  invited_by TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT NOT NULL, used_at TEXT,
  used_by INTEGER REFERENCES account (id), revoked_at TEXT)

CREATE INDEX invitation_by_study ON invitation (study_id, id)

CREATE TABLE personal_token (
  id INTEGER PRIMARY KEY, token_sha256 TEXT NOT NULL UNIQUE, study_id INTEGER NOT NULL REFERENCES study (id),
  account_id INTEGER NOT NULL REFERENCES account (id), name TEXT NOT NULL, created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL, revoked_at TEXT)

CREATE TABLE login_failure (
  subject TEXT PRIMARY KEY, failures INTEGER NOT NULL, last_at TEXT NOT NULL, wait_until TEXT NOT NULL)
"""

MIGRATION = Migration(15, "identity: accounts, members, sessions, invitations, tokens", statements(TABLES))
