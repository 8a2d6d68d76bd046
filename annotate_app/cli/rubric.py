"""`calibrant rubric check | show | diff | list`: reads rubric files, says what is in them, writes nothing."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from annotate_app.cli.command import DONE, NEGATIVE_FINDING, Command, CommandFailed

if TYPE_CHECKING:
    from rubrics.diff import RubricDiff
    from rubrics.lint import Finding
    from rubrics.render import Choice, Form, Question
    from rubrics.rubric import Rubric

FORM, PROMPT, SCHEMA = "form", "prompt", "schema"


def _check_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help="a rubric file, or the name of a library rubric")
    parser.add_argument("--strict", action="store_true", help="exit 2 when there are findings")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _show_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rubric", help="a rubric file, or the name of a library rubric")
    parser.add_argument(
        "--as",
        dest="rendering",
        choices=(FORM, PROMPT, SCHEMA),
        default=FORM,
        help="what raters see, what a judge is told, or the JSON schema of its replies",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _diff_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("old", help="the version that was labelled")
    parser.add_argument("new", help="the version to go on with")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _list_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _rubric(named: str) -> Rubric:
    """The rubric in the file `named`, or the library rubric of that name."""
    from rubrics.files import RubricError, library_rubrics, load_rubric

    library = library_rubrics()
    path = library[named] if named in library and not Path(named).is_file() else Path(named)
    if not path.is_file():
        raise CommandFailed(f"{named}: no such file; the library has: {', '.join(library)}")
    try:
        return load_rubric(path)
    except RubricError as error:
        count = len(error.problems)
        raise CommandFailed(f"{count} problem{'s' * (count != 1)} in the rubric\n{error}") from error


def _print_json(content: object) -> None:
    print(json.dumps(content, indent=2, ensure_ascii=False))


def check(args: argparse.Namespace) -> int:
    """Errors end the command (exit 1); findings are advice, and exit 2 only when strict."""
    from rubrics.lint import lint

    rubric = _rubric(args.file)
    findings = lint(rubric)
    if args.json:
        content = {
            "schema": "calibrant/rubric-check/1",
            "rubric": rubric.name,
            "sha256": rubric.sha256,
            "findings": [finding.as_json() for finding in findings],
        }
        _print_json(content)
    else:
        _print_findings(rubric, findings)
    return NEGATIVE_FINDING if findings and args.strict else DONE


def _print_findings(rubric: Rubric, findings: tuple[Finding, ...]) -> None:
    print(f"{rubric.name}: {len(rubric.criteria)} criteria, version {rubric.sha256[:12]}")
    for finding in findings:
        print(f"  {finding}")
    print(f"{len(findings)} findings" if findings else "no findings")


def show(args: argparse.Namespace) -> int:
    from rubrics.render import render_form, render_prompt, reply_schema

    rubric = _rubric(args.rubric)
    if args.rendering == SCHEMA:
        _print_json(reply_schema(rubric))
    elif args.rendering == PROMPT:
        prompt = render_prompt(rubric)
        print(json.dumps({"prompt": prompt}, ensure_ascii=False) if args.json else prompt, end="")
    elif args.json:
        _print_json(asdict(render_form(rubric)))
    else:
        _print_form(render_form(rubric))
    return DONE


def _print_form(form: Form) -> None:
    print(f"{form.name}  (version {form.sha256[:12]})")
    for text in (form.purpose, form.instructions):
        if text:
            print(f"\n{text}")
    for question in form.questions:
        _print_question(question)
    if form.failure_modes:
        print("\nFailure modes")
        for mode in form.failure_modes:
            print(f"  {mode.name} ({mode.severity}, {mode.visibility}): {mode.description}")


def _print_question(question: Question) -> None:
    kind = question.kind if question.required else f"{question.kind}, optional"
    print(f"\n{question.name} ({kind}): {question.question}")
    if question.help:
        print(f"  {question.help}")
    when = question.applies_when
    if when:
        print(f"  Asked when {when.criterion} is {' or '.join(str(value) for value in when.values)}.")
    if question.kind == "interval":
        step = f" in steps of {question.step:g}" if question.step else ""
        print(f"  A number from {question.low:g} to {question.high:g}{step}")
    for choice in (*question.choices, *question.anchors):
        _print_choice(choice)
    if question.not_applicable:
        print("  [n] not applicable")


def _print_choice(choice: Choice) -> None:
    number = "" if str(choice.value) == choice.label else f"{choice.value} "
    print(f"  [{choice.key or '='}] {number}{choice.label}: {choice.description}")
    if choice.example:
        print(f"      Example: {choice.example}")


def diff(args: argparse.Namespace) -> int:
    from rubrics.diff import diff as compare

    found = compare(_rubric(args.old), _rubric(args.new))
    if args.json:
        _print_json(found.as_json())
    else:
        _print_diff(found)
    return DONE if found.all_valid else NEGATIVE_FINDING


def _print_diff(found: RubricDiff) -> None:
    same = "the same wording" if found.same_wording else "different wording"
    print(f"{found.old_sha256[:12]} -> {found.new_sha256[:12]}: {same}")
    for note in found.notes:
        print(f"  {note}")
    for criterion in found.criteria:
        print(f"{criterion.criterion}: {criterion.verdict}")
        for change in criterion.changes:
            print(f"  {change.text}")


def list_library(args: argparse.Namespace) -> int:
    from rubrics.files import library_rubrics, load_rubric

    rubrics = [load_rubric(path) for path in library_rubrics().values()]
    if args.json:
        content = [
            {
                "name": r.name,
                "purpose": r.purpose,
                "criteria": [c.name for c in r.criteria],
                "sha256": r.sha256,
            }
            for r in rubrics
        ]
        _print_json({"schema": "calibrant/rubric-list/1", "rubrics": content})
        return DONE
    for rubric in rubrics:
        print(f"{rubric.name}\n  {rubric.purpose}")
        print(f"  criteria: {', '.join(criterion.name for criterion in rubric.criteria)}")
    return DONE


COMMANDS: list[Command] = [
    Command("rubric check", "find faults and weak wording in a rubric", _check_arguments, check),
    Command("rubric show", "show a rubric as form, prompt or reply schema", _show_arguments, show),
    Command("rubric diff", "say which old labels stay valid under a new version", _diff_arguments, diff),
    Command("rubric list", "list the rubrics of the library", _list_arguments, list_library),
]
