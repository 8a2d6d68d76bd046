"""Rubrics: what is asked and answered, as pure values."""
