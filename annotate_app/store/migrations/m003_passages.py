"""Version 3: passages quoted as evidence of a failure mode, kept with the submission."""

from __future__ import annotations

from annotate_app.store.migrations.migration import Migration

MIGRATION = Migration(
    3, "passages quoted for failure modes", ("ALTER TABLE submission ADD COLUMN evidence TEXT",)
)
