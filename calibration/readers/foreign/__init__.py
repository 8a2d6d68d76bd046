"""Exports of neighbouring tools as native raw rows: one file per format, told apart by what a row holds."""
