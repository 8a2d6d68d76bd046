"""Calibration: how far a judge can be trusted; data in, values out.

`calibration.read_ratings`, `calibration.agreement` and `calibration.calibrate` are for notebooks; they are
loaded when they are first used, so that importing a part of this package stays light.
"""

from importlib import import_module

OFFERED = ("agreement", "calibrate", "read_ratings")


def __getattr__(name: str) -> object:
    if name not in OFFERED:
        raise AttributeError(f"module 'calibration' has no attribute {name!r}")
    return getattr(import_module("calibration.notebook"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *OFFERED})
