"""Judges: what answers a rubric's criteria in the raters' stead, each with an exact identity."""
