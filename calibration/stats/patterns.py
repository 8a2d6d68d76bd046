"""The sufficient statistics: distinct answer patterns and their weighted counts, built once for all."""

from calibration.stats.counts import CountTable, as_counts, count_table
from calibration.stats.design import Members, Patterns
from calibration.stats.matrix import count_table_from_matrix
from calibration.stats.named import NamedTable, named_table
from calibration.stats.numbers import NumberPairs, NumberTable, number_pairs, number_table
from calibration.stats.pairs import PairTable, pair_table, table_of

__all__ = [
    "CountTable",
    "Members",
    "NamedTable",
    "NumberPairs",
    "NumberTable",
    "PairTable",
    "Patterns",
    "as_counts",
    "count_table",
    "count_table_from_matrix",
    "named_table",
    "number_pairs",
    "number_table",
    "pair_table",
    "table_of",
]
