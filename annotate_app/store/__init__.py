"""The one place for SQL."""
