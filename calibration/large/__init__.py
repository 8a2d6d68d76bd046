"""Agreement from files too large for memory: DuckDB counts answer patterns, statistics work on the counts."""

from calibration.large.counts import Unsupported
from calibration.large.database import Limits, NeedsDuckDB
from calibration.large.measuring import LargeAgreement, measure_files

__all__ = ["LargeAgreement", "Limits", "NeedsDuckDB", "Unsupported", "measure_files"]
