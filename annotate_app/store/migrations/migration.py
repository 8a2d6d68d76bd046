"""What a migration is: a number, a sentence and SQL statements that lead from the version before."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Migration:
    """One step forward; there is no step back."""

    version: int
    title: str
    statements: tuple[str, ...]


def never_changed(table: str) -> tuple[str, str]:
    """Triggers that refuse to change or remove a row of `table`, whoever asks."""
    return tuple(  # type: ignore[return-value]
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} rows are never changed or removed'); END"
        for verb in ("UPDATE", "DELETE")
    )


def statements(script: str) -> tuple[str, ...]:
    """The statements of a script in which a blank line ends each."""
    return tuple(part.strip() for part in script.split("\n\n") if part.strip())
