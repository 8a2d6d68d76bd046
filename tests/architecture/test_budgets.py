"""The house stays small: files, functions, and what may not be written anywhere."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("rubrics", "calibration", "annotate_app")
FILE_LINES = 300
FUNCTION_LINES = 36  # thirty of body, and room for a signature that needs several lines


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: the list of tracked files is unknown")
    names = listed.stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    return (function.end_lineno or function.lineno) - function.lineno + 1 - docstring


def test_no_file_of_the_product_is_longer_than_the_budget() -> None:
    lengths = {p: len(p.read_text(encoding="utf-8").splitlines()) for p in python_files(*PACKAGES)}
    too_long = {str(p.relative_to(ROOT)): n for p, n in lengths.items() if n > FILE_LINES}
    assert not too_long


def test_no_function_of_the_product_is_longer_than_the_budget() -> None:
    too_long = [
        f"{path.relative_to(ROOT)}:{f.lineno} {f.name} ({body_lines(f)})"
        for path in python_files(*PACKAGES)
        for f in functions(path)
        if body_lines(f) > FUNCTION_LINES
    ]
    assert not too_long


def test_every_module_says_in_one_sentence_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in python_files(*PACKAGES)
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent


def test_there_is_no_init_file_below_tests() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_no_function_takes_open_keyword_arguments() -> None:
    open_ended = [
        f"{path.relative_to(ROOT)}:{f.lineno} {f.name}"
        for path in python_files("rubrics", "calibration")
        for f in functions(path)
        if f.args.kwarg is not None
    ]
    assert not open_ended


def handlers(path: Path) -> Iterator[ast.ExceptHandler]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            yield node


def swallows_everything(handler: ast.ExceptHandler) -> bool:
    """A handler of all exceptions that does not pass them on; cleaning up and raising again is fine."""
    named = handler.type.id if isinstance(handler.type, ast.Name) else ""
    everything = handler.type is None or named in ("Exception", "BaseException")
    last = handler.body[-1]
    return everything and not (isinstance(last, ast.Raise) and last.exc is None)


def test_no_exception_is_swallowed_unnamed() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{handler.lineno}"
        for path in python_files(*PACKAGES)
        for handler in handlers(path)
        if swallows_everything(handler)
    ]
    assert not found


def test_no_note_to_self_stands_in_the_product() -> None:
    pattern = re.compile(r"\b(TODO|FIXME|XXX)\b")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in python_files(*PACKAGES)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]
    assert not found


def test_scipy_stats_is_imported_by_the_oracles_alone() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in python_files(*PACKAGES)
        if path.name != "oracles.py"
        and re.search(r"scipy\.stats|from scipy import stats", path.read_text(encoding="utf-8"))
    ]
    assert not found


def test_nothing_in_the_tree_names_a_machine_path_or_a_package_host() -> None:
    parts = ("/wo" + "rk/", "/ro" + "ot/", "py" + "pi.org", "pythonhosted" + ".org", "registry." + "npmjs")
    text_suffixes = {
        ".py",
        ".md",
        ".toml",
        ".lock",
        ".yaml",
        ".yml",
        ".sh",
        ".html",
        ".js",
        ".css",
        ".json",
        "",
    }
    found = []
    for path in tracked_files():
        if path.suffix in text_suffixes:
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [f"{path.relative_to(ROOT)}: {part}" for part in parts if part in text]
    assert not found
