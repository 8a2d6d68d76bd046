"""The command line: parse, call one service, print, exit code; refuses nothing a service should decide."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from annotate_app.cli import terminal
from annotate_app.cli.command import Command, CommandFailed

# One module per group of commands; each lists its commands in COMMANDS and imports services when run. What
# is run in every pipeline comes alone, and loads nothing of the others.
MODULES = (
    "demo", "study", "rubric", "importing", "serve", "agreement", "statistics", "report", "split", "wave",
    "judge", "judge_run", "judge_probe", "judge_account", "trust", "staged", "training", "monitor",
    "adjudicate", "raters", "triage", "modes", "signals", "planted", "exporting", "audit",
    "account", "erase", "doctor", "licences", "retain", "db", "gate", "escalate",
)  # fmt: skip
ALONE = ("gate", "escalate")

COULD_NOT_RUN = 1


class _Parser(argparse.ArgumentParser):
    """argparse with our exit code for usage errors: 1 (2 is reserved for a negative finding)."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(COULD_NOT_RUN, f"{self.prog}: {message}\n")


if TYPE_CHECKING:
    _Actions = argparse._SubParsersAction[_Parser]


def commands(names: Sequence[str] = MODULES) -> dict[str, Command]:
    """Every command of these modules by its name ("rubric check" has two words)."""
    modules = (importlib.import_module(f"annotate_app.cli.{name}") for name in names)
    return {command.name: command for module in modules for command in module.COMMANDS}


def build_parser(names: Sequence[str] = MODULES) -> argparse.ArgumentParser:
    """The grammar of `calibrant`, or of these modules of it."""
    parser = _Parser(prog="calibrant", description="Rate LLM outputs; find out whether a judge agrees.")
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    top = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    groups: dict[str, _Actions] = {}
    for name, command in commands(names).items():
        *group, last = name.split()
        place = top
        if group:
            if group[0] not in groups:
                groups[group[0]] = _add_group(top, group[0])
            place = groups[group[0]]
        sub = place.add_parser(last, help=command.help, description=command.help)
        command.arguments(sub)
        sub.set_defaults(run=command.run, command_name=name)
    return parser


def _add_group(top: _Actions, name: str) -> _Actions:
    parser = top.add_parser(name, help=f"see `calibrant {name} --help`")
    return parser.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=_Parser)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 2 a negative finding, 1 could not run."""
    words = sys.argv[1:] if argv is None else list(argv)
    parser = build_parser(words[:1] if words[:1] and words[0] in ALONE else MODULES)
    args = parser.parse_args(words)
    if args.version:
        from importlib.metadata import version

        print(f"calibrant {version('calibrant')}")
        return 0
    if not hasattr(args, "run"):
        parser.print_help(sys.stderr)
        return COULD_NOT_RUN
    try:
        with terminal.guarded():
            return int(args.run(args))
    except CommandFailed as failure:
        _say(failure)
        return COULD_NOT_RUN
    except PermissionError as refusal:
        if refusal.errno is not None:  # a file's, not one of ours (services.rights.NotVisible)
            raise
        _say(refusal)
        return COULD_NOT_RUN
    except BrokenPipeError:
        sys.stderr.close()
        return COULD_NOT_RUN
    except _of_databases() as failed:
        said = _database_words(failed)
        if said is None:  # the program's own fault: told with its places in the code
            raise
        _say(said)
        return COULD_NOT_RUN


def _of_databases() -> tuple[type[Exception], ...]:
    """What the database behind a command raises; nothing for a command that has none."""
    if "annotate_app.store.engine" not in sys.modules:
        return ()
    from annotate_app.store import failures

    return failures.raised()


def _database_words(failed: Exception) -> str | None:
    from annotate_app.store import failures

    said = failures.words(failed)
    if said is None:
        return None
    cause = getattr(failed, "orig", None) or failed
    return (
        f"{said} ({' '.join(str(cause).split())}); what was not finished was not stored. "
        "`calibrant doctor` and `calibrant db check` look closer"
    )


def _say(failure: Exception | str) -> None:
    with terminal.guarded():
        print(f"calibrant: {failure}", file=sys.stderr)


def entry() -> int:
    """The command as a program: an error that nobody foresaw is told without keys."""
    sys.excepthook = terminal.tell
    return main()


if __name__ == "__main__":
    raise SystemExit(entry())
