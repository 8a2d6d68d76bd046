"""Judges: pinned models, functions and baselines that answer like a rater."""
