"""Triage: where expert attention should go, and with what probability."""
