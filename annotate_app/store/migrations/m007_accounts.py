"""Version 7: an index that answers what a judge's calls took without reading requests and responses."""

from __future__ import annotations

from annotate_app.store.migrations.migration import Migration, statements

STATEMENTS = """
CREATE INDEX call_account ON call
  (run_id, latency_seconds, item_id, attempts, tokens_in, tokens_out, cost_usd)

DROP INDEX call_by_run
"""

MIGRATION = Migration(7, "accounts: an index of what calls took", statements(STATEMENTS))
