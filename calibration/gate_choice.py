"""Which of a judge's certificate files answers for a criterion: the last look at it; overlooks no file.

A later look that failed closes the gate, however the certificate of an earlier one reads; so does a file
that cannot be read, since it may hold such a look.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from calibration.certificate import BadCertificate, Certificate, read_certificate
from calibration.gate import Check, Decision, Expected, checks_of, decide, decided

Certificates = Mapping[str, Certificate]


def decide_among(files: Mapping[str, str], expected: Expected) -> Decision:
    """Each criterion asked of the judge by the last look at it among its files (text by file name)."""
    if not files or not expected.asked:
        return decide(next(iter(files.values()), None), expected)
    certificates, unreadable = _read(files)
    chosen: dict[str, list[str]] = {}
    checks = list(unreadable)
    for name in [c.criterion for c in expected.asked]:
        best = _last_look(certificates, name, expected)
        if best is None:
            checks += [] if unreadable else [_none_for(name, certificates)]
        else:
            chosen.setdefault(best, []).append(name)
    for file, criteria in chosen.items():
        whole = len(chosen) == 1 and not expected.criteria and len(criteria) == len(expected.asked)
        about = expected if whole else replace(expected, criteria=tuple(criteria))
        checks += _of_file(file, certificates[file], about, named=len(chosen) > 1)
    return decided(expected.judge, [*checks, *_not_asked(expected)])


def later_looks(files: Mapping[str, str], text: str, expected: Expected) -> list[Check]:
    """Looks at this very judge after the certificate of `text` that failed on a criterion in question."""
    try:
        since = read_certificate(text).issued
    except BadCertificate:
        return []
    certificates, unreadable = _read(files)
    asked = {c.criterion for c in expected.asked}
    failed = [
        Check("later look", "none that failed", f"{file}: {found.outcome}", False, "not trusted")
        for file, found in certificates.items()
        if found.issued > since
        and found.outcome != "trusted"
        and found.judge.spec_hash == expected.spec_hash
        and asked & {*found.criteria}
    ]
    return [*unreadable, *failed]


def _read(files: Mapping[str, str]) -> tuple[dict[str, Certificate], list[Check]]:
    certificates, unreadable = {}, []
    for file, text in sorted(files.items()):
        try:
            certificates[file] = read_certificate(text)
        except BadCertificate as error:
            unreadable.append(
                Check("certificate", "a readable file", f"{file}: {error}", False, "unreadable")
            )
    return certificates, unreadable


def _last_look(certificates: Certificates, criterion: str, expected: Expected) -> str | None:
    """The file of the last look at a criterion; a look at today's judge goes before one at another."""
    covering = [file for file, found in certificates.items() if criterion in found.criteria]

    def rank(file: str) -> tuple[bool, object]:
        found = certificates[file]
        return found.judge.spec_hash == expected.spec_hash, found.issued

    return max(covering, key=rank, default=None)


def _of_file(file: str, certificate: Certificate, about: Expected, *, named: bool) -> Iterable[Check]:
    yield Check("certificate", "intact", file, True)
    for check in checks_of(certificate, about):
        yield replace(check, name=f"{file}: {check.name}") if named else check


def _none_for(criterion: str, certificates: Certificates) -> Check:
    there = [f"{file} ({', '.join(found.criteria)})" for file, found in certificates.items()]
    found = f"none; there is {'; '.join(there)}" if there else "none"
    return Check(f"certificate for {criterion}", "a look at it", found, False, "missing")


def _not_asked(expected: Expected) -> Sequence[Check]:
    named = {c.criterion for c in expected.asked}
    return [
        Check(f"{name}: policy", "asked of this judge", "the policy asks nothing", False)
        for name in expected.criteria
        if name not in named
    ]
