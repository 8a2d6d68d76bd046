"""Migrations: one file per version, each a list of statements; a released file is never edited."""

from __future__ import annotations

from annotate_app.store.migrations import (
    m001_records,
    m002_evidence,
    m003_passages,
    m004_people,
    m005_calls,
    m007_accounts,
    m009_monitoring,
    m011_staged_looks,
    m012_waves,
    m013_adjudication,
    m014_triage,
    m015_identity,
    m016_audit,
    m017_runners,
    m018_operations,
)
from annotate_app.store.migrations.migration import Migration

MIGRATIONS: tuple[Migration, ...] = (
    m001_records.MIGRATION,
    m002_evidence.MIGRATION,
    m003_passages.MIGRATION,
    m004_people.MIGRATION,
    m005_calls.MIGRATION,
    m007_accounts.MIGRATION,
    m009_monitoring.MIGRATION,
    m011_staged_looks.MIGRATION,
    m012_waves.MIGRATION,
    m013_adjudication.MIGRATION,
    m014_triage.MIGRATION,
    m015_identity.MIGRATION,
    m016_audit.MIGRATION,
    m017_runners.MIGRATION,
    m018_operations.MIGRATION,
)

__all__ = ["MIGRATIONS", "Migration"]
