"""Calibration: how far a judge can be trusted; data in, values out."""
