"""What a Parquet file's footer declares, before anything else is read; refuses what unpacks to too much."""

from __future__ import annotations

from pathlib import Path

from calibration.large.database import Database
from calibration.readers import CannotRead
from calibration.readers.limits import limits


def refuse_bomb(database: Database, file: Path, quoted: str) -> None:
    """Raises CannotRead where the footer declares more rows or more unpacked bytes than are read."""
    most = limits()
    rows, size = database.rows(
        f"SELECT (SELECT sum(num_rows) FROM parquet_file_metadata({quoted})), "
        f"(SELECT sum(total_uncompressed_size) FROM parquet_metadata({quoted}))"
    )[0]
    if (rows or 0) > most.parquet_rows:
        raise CannotRead(f"{file}: {most.refused('parquet_rows', f'declares {int(rows):,} rows')}")
    if (megabytes := int(size or 0) >> 20) > most.parquet_megabytes:
        raise CannotRead(f"{file}: {most.refused('parquet_megabytes', f'unpacks to {megabytes:,} MB')}")
