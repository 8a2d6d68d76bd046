"""Deterministic checks as judges: what needs no model to be found; refuses to guess where it cannot tell."""
