"""A pytest plugin: tests that lean on a judge fail unless the gate says today that it is trusted.

`trusted_judge("name")` is a fixture for single tests; `--calibrant-gate` adds a test for every judge of the
study. Both ask the same offline gate as `calibrant gate`, and neither can be skipped by selecting tests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from calibration.gate import Decision

OPTION, STUDY = "--calibrant-gate", "calibrant_study"
TrustedJudge = Callable[..., "Decision"]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("calibrant", "calibrant: judges that may decide")
    group.addoption(
        OPTION, action="store_true", default=False,
        help="add a test for every judge of the study that fails unless it is trusted today",
    )  # fmt: skip
    group.addoption(
        "--calibrant-study", default=None, metavar="FOLDER", help=f"study folder; default: ini {STUDY}"
    )
    parser.addini(STUDY, "study folder whose judges are gated, from the root directory", default=".")


@pytest.fixture(scope="session")
def trusted_judge(pytestconfig: pytest.Config) -> TrustedJudge:
    """Ask for a judge by name; the test fails, with every check, unless the gate trusts it today.

    `trusted_judge(name, criteria=("grounded",), certificate=…, verdicts=…, study=…)` narrows or widens the
    question as the options of `calibrant gate` do.
    """
    from annotate_app.services.gating import CannotGate, gate
    from calibration.gate_report import table

    def ask(
        name: str,
        *,
        criteria: Sequence[str] = (),
        certificate: str | Path | None = None,
        verdicts: str | Path | None = None,
        study: str | Path | None = None,
    ) -> Decision:
        folder = _study(pytestconfig) if study is None else Path(study)
        try:
            (decision,) = gate(
                folder,
                judge=name,
                criteria=tuple(criteria),
                certificate=None if certificate is None else Path(certificate),
                verdicts=None if verdicts is None else Path(verdicts),
            )
        except CannotGate as error:
            pytest.fail(f"calibrant: the gate could not run: {error}", pytrace=False)
        if not decision.trusted:
            pytest.fail(f"calibrant gate\n{table(decision)}", pytrace=False)
        return decision

    return ask


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add the gate's tests when all selecting is done, so that no -k or -m leaves them out."""
    if not config.getoption(OPTION):
        return
    from annotate_app.services.gating import CannotGate, gate

    folder = _study(config)
    try:
        decisions = gate(folder)
    except CannotGate as error:
        raise pytest.UsageError(f"{OPTION}: the gate could not run: {error}") from error
    items += [
        GateItem.from_parent(session, name=f"calibrant-gate[{decision.judge}]", decision=decision)
        for decision in decisions
    ]


class NotTrusted(Exception):
    """A judge of the study is not trusted today; the message is the gate's table."""


class GateItem(pytest.Item):
    """One judge's gate as a test."""

    def __init__(self, *, decision: Decision, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.decision = decision

    def runtest(self) -> None:
        from calibration.gate_report import table

        if not self.decision.trusted:
            raise NotTrusted(table(self.decision))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, NotTrusted):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, self.name


def _study(config: pytest.Config) -> Path:
    """From the command line where given, as seen from where pytest was called; else ini, from the root."""
    given = config.getoption("--calibrant-study")
    if given is not None:
        return config.invocation_params.dir / str(given)
    return config.rootpath / str(config.getini(STUDY))
