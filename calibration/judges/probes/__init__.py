"""Probes: what moves a judge that should not; transforms and statistics, nobody is asked here."""
