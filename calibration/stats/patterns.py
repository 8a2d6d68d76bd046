"""The sufficient statistics: distinct answer patterns and their weighted counts, built once for all."""

from calibration.stats.counts import CountTable, as_counts, count_table
from calibration.stats.design import Members, Patterns
from calibration.stats.pairs import PairTable, pair_table, table_of

__all__ = [
    "CountTable",
    "Members",
    "PairTable",
    "Patterns",
    "as_counts",
    "count_table",
    "pair_table",
    "table_of",
]
