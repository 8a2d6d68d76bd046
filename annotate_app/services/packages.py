"""Installed packages: what Calibrant needs, which extra brings it, what is missing or known to be bad."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution, requires

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

OURS = "calibrant"
NOT_AT_RUN = ("dev",)
# Releases that must not run, and why; pyproject.toml excludes each, and a test compares both lists.
KNOWN_BAD: Mapping[str, Mapping[str, str]] = {
    "litellm": dict.fromkeys(
        ("1.82.7", "1.82.8"),
        "released by somebody who had taken its name over: it reads keys and sends them away",
    ),
}


@dataclass(frozen=True, slots=True)
class Needed:
    """One requirement of Calibrant; `extra` is empty for the core, `installed` where there is none."""

    name: str
    wanted: str
    extra: str
    installed: str = ""
    fits: bool = False


@dataclass(frozen=True, slots=True)
class Brought:
    """An installed package that runs with Calibrant, and the extras that bring it ("" is the core)."""

    name: str
    version: str
    extras: tuple[str, ...]


def extras() -> tuple[str, ...]:
    """The extras that matter at run time."""
    named = distribution(OURS).metadata.get_all("Provides-Extra") or []
    return tuple(extra for extra in named if extra not in NOT_AT_RUN)


def needed() -> tuple[Needed, ...]:
    """Every requirement at run time with what is installed of it; the core's first."""
    return tuple(_needed(found, extra) for extra in ("", *extras()) for found in _requirements(OURS, extra))


def known_bad() -> tuple[Needed, ...]:
    """Installed releases that must not run."""
    found = []
    for name, releases in KNOWN_BAD.items():
        version = _version(name)
        if version in releases:
            found.append(Needed(name, releases[version], "", version))
    return tuple(found)


def brought() -> tuple[Brought, ...]:
    """Every installed package that Calibrant's requirements lead to, by name."""
    by_name: dict[str, list[str]] = {}
    for extra in ("", *extras()):
        for name in _closure(extra):
            by_name.setdefault(name, []).append(extra)
    return tuple(Brought(name, _version(name), tuple(found)) for name, found in sorted(by_name.items()))


def _closure(extra: str) -> set[str]:
    """The names that the requirements of one extra lead to, as far as they are installed."""
    waiting = list(_requirements(OURS, extra))
    found: set[str] = set()
    asked: set[tuple[str, str]] = set()
    while waiting:
        one = waiting.pop()
        name = canonicalize_name(one.name)
        if not _version(name):
            continue
        found.add(name)
        for part in ("", *one.extras):
            if (name, part) not in asked:
                asked.add((name, part))
                waiting += _requirements(name, part)
    return found


def _requirements(name: str, extra: str) -> Iterator[Requirement]:
    """What a package requires here for one of its extras ("": without any)."""
    for text in requires(name) or []:
        one = Requirement(text)
        if one.marker is None:
            applies = not extra
        elif extra:
            applies = one.marker.evaluate({"extra": extra}) and not one.marker.evaluate({"extra": ""})
        else:
            applies = one.marker.evaluate({"extra": ""})
        if applies:
            yield one


def _needed(one: Requirement, extra: str) -> Needed:
    version = _version(one.name)
    fits = bool(version) and one.specifier.contains(version, prereleases=True)
    return Needed(canonicalize_name(one.name), str(one.specifier), extra, version, fits)


def _version(name: str) -> str:
    found = found_package(name)
    return "" if found is None else found.version


def found_package(name: str) -> Distribution | None:
    """The installed package of this name."""
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None
