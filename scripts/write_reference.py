"""Writes docs/reference and the tables of docs/roles.md from the code: commands, coefficients, rights."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from annotate_app.cli import build_parser
from annotate_app.cli.doors import DOORS
from annotate_app.services.rights import (
    ACTIONS,
    AGGREGATES_OF,
    EXPORTS_OF,
    ITEMS_OF,
    LABELS_OF,
    RIGHTS,
    ROLES,
    VERDICTS_OF,
)
from annotate_app.services.rights_words import DOES
from calibration.render.words import CAPTIONS
from calibration.stats.agreement import COEFFICIENTS

CODERS = {"pair": "two coders", "many": "any number of raters", "named": "named raters"}
SCORED = ("pearson", "spearman", "kendall_tau_b", "lin_ccc", "rmse", "mae", "icc_1", "icc_a1", "icc_c1")
BEGIN, END = "<!-- generated: rights -->", "<!-- end of generated -->"
SPLITS_OF = {
    "items, one by one (raters: their own work)": ITEMS_OF,
    "all raters' labels, one by one": LABELS_OF,
    "verdicts, one by one": VERDICTS_OF,
    "numbers over many items": AGGREGATES_OF,
    "in an export": EXPORTS_OF,
}
FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"


def commands_page() -> str:
    """One section per command: what it is for, its arguments and options."""
    lines = [
        "# Commands",
        "",
        "Exit codes: 0 done or trusted; 2 ran, and the finding is negative; 1 could not run.",
        "",
    ]
    for name, parser in _leaf_parsers(build_parser(), ""):
        lines += [f"## calibrant {name}", "", parser.description or "", "", *_options_table(parser), ""]
    return "\n".join(lines).rstrip() + "\n"


def _leaf_parsers(parser: argparse.ArgumentParser, name: str) -> list[tuple[str, argparse.ArgumentParser]]:
    groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not groups:
        return [(name, parser)]
    return [
        leaf
        for group in groups
        for choice, sub in group.choices.items()
        for leaf in _leaf_parsers(sub, f"{name} {choice}".strip())
    ]


def _options_table(parser: argparse.ArgumentParser) -> list[str]:
    rows = [
        f"| `{_spelling(action)}` | {(action.help or '').replace('|', '&#124;') % _defaults(action)} |"
        for action in parser._actions
        if action.help != argparse.SUPPRESS and not isinstance(action, argparse._HelpAction)
    ]
    return ["| argument | meaning |", "|---|---|", *rows] if rows else []


def _spelling(action: argparse.Action) -> str:
    metavar = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    if not action.option_strings:
        return metavar
    return action.option_strings[-1] + ("" if action.nargs == 0 else f" {metavar}")


def _defaults(action: argparse.Action) -> dict[str, object]:
    return {"default": action.default, "prog": "calibrant"}


def coefficients_page() -> str:
    """One section per coefficient of tables: its name in JSON, the scales it suits, its definition."""
    lines = [
        "# Coefficients",
        "",
        "Names as in `--json`. Each comes with an interval or a reason why there is none.",
        "",
    ]
    for name, coefficient in COEFFICIENTS.items():
        definition = " ".join((coefficient.formula.__doc__ or "").split())
        scales, coders = ", ".join(coefficient.scales), " and ".join(CODERS[c] for c in coefficient.coders)
        title = CAPTIONS.get(name, name)
        lines += [
            f"## {name}",
            "",
            f"{title[0].upper()}{title[1:]}, for {coders}. Scales: {scales}.",
            "",
            definition,
            "",
        ]
    lines += ["## Scored scales", "", "Of pairs of numbers, on ordinal and interval scales:", ""]
    lines += [f"- `{name}`: {CAPTIONS.get(name, name)}" for name in SCORED]
    return "\n".join(lines).rstrip() + "\n"


def roles_page() -> str:
    """docs/roles.md with its tables as the code has them; the words around them are the page's own."""
    text = (FOLDER.parent / "roles.md").read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return "\n".join([head + BEGIN, "", *_rights_table(), "", *_splits_table(), "", END]) + tail


def _rights_table() -> list[str]:
    """One row an action: what it is, which roles may, and the commands that need it."""
    commands = {action: [n for n, needed in DOORS.items() if needed == action] for action in ACTIONS}
    rows = [
        f"| {DOES[action]} | {' | '.join('yes' if r in RIGHTS[action] else '' for r in ROLES)} | "
        f"{', '.join(f'`{name}`' for name in commands[action])} |"
        for action in ACTIONS
    ]
    return [f"| may | {' | '.join(ROLES)} | commands |", "| --- |" + " --- |" * (len(ROLES) + 1), *rows]


def _splits_table() -> list[str]:
    """What each role sees, by split."""
    rows = [
        f"| {what} | {' | '.join(_splits(table[role]) for role in ROLES)} |"
        for what, table in SPLITS_OF.items()
    ]
    return [f"| sees of which splits | {' | '.join(ROLES)} |", "| --- |" + " --- |" * len(ROLES), *rows]


def _splits(names: tuple[str, ...]) -> str:
    return ", ".join(name.replace("_", "-") for name in names) or "none"


PAGES = {"commands.md": commands_page, "coefficients.md": coefficients_page, "../roles.md": roles_page}


def main() -> int:
    """Write the pages; with --check only say which are out of date."""
    check = "--check" in sys.argv[1:]
    FOLDER.mkdir(parents=True, exist_ok=True)
    stale = [
        n
        for n, page in PAGES.items()
        if not (FOLDER / n).exists() or (FOLDER / n).read_text("utf-8") != page()
    ]
    for name in [] if check else stale:
        (FOLDER / name).write_text(PAGES[name](), encoding="utf-8")
    print(
        "out of date: " + ", ".join(stale) if check and stale else f"reference: {len(PAGES)} pages up to date"
    )
    return 1 if check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
