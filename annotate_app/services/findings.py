"""What `doctor` finds: one line per check, with what to do; values alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Literal

Level = Literal["ok", "warn", "fail"]
# What a check may run into where the study is broken; anything else is a fault of the check itself.
BROKEN = (OSError, ValueError, LookupError, RuntimeError, ImportError, ArithmeticError)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it stands, and what to do where it does not stand well."""

    check: str
    level: Level
    said: str
    todo: str = ""

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def ok(check: str, said: str) -> Finding:
    return Finding(check, "ok", said)


def warn(check: str, said: str, todo: str) -> Finding:
    return Finding(check, "warn", said, todo)


def fail(check: str, said: str, todo: str) -> Finding:
    return Finding(check, "fail", said, todo)


def isolated(name: str, check: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """What a check finds; what it runs into is a finding, and the next check is made all the same."""
    try:
        yield from check()
    except BROKEN as error:
        said = " ".join(str(error).split())[:300]
        yield fail(
            name, f"could not be looked at ({type(error).__name__}: {said})", "mend what is named here"
        )
