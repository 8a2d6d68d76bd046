"""Readers: one file per format, bytes to items, labels and verdicts."""
