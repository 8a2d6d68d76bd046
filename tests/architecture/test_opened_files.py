"""What is opened by other means than SQLite was looked at: it is no database in use, whose locks would go."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIST = Path(__file__).with_name("opened_files.txt")
PACKAGES = ("annotate_app", "calibration", "rubrics")
METHODS = {"read_bytes", "write_bytes", "read_text", "write_text", "touch", "hardlink_to", "copy", "copy2",
           "copyfile", "copytree", "move", "file_digest", "fdopen", "unlink", "replace",
           "rename"}  # fmt: skip
OF_FILES = {"copy", "copy2", "copyfile", "copytree", "move", "unlink", "replace", "rename"}


def opened(tree: ast.Module) -> Iterator[str]:
    """Calls that open a file, or put one in the place of another, as they are written."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _opens(node):
            yield ast.unparse(node.func)


def _opens(call: ast.Call) -> bool:
    match call.func:
        case ast.Name(id="open"):
            return True
        case ast.Attribute(value=ast.Name(id="os" | "shutil" | "io" | "gzip" | "zipfile"), attr=name):
            return name == "open" or name in METHODS
        case ast.Attribute(attr="open"):
            return True
        case ast.Attribute(attr=name):
            return name in METHODS - OF_FILES
    return False


def found() -> set[str]:
    files = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
    return {
        f"{file.relative_to(ROOT).as_posix()}: {code}"
        for file in files
        for code in opened(ast.parse(file.read_text(encoding="utf-8")))
    }


def test_whatever_opens_a_file_was_looked_at() -> None:
    known = {line for line in LIST.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"}
    assert found() - known == set(), f"never a database in use; list it in {LIST.name} when it cannot be one"
    assert known - found() == set(), f"gone: take it off {LIST.name}"


@pytest.mark.parametrize(
    "code",
    [
        "open(path)",
        "path.open('rb')",
        "path.read_bytes()",
        "os.open(path, 0)",
        "shutil.copyfile(path, other)",
    ],
)
def test_an_opening_is_found(code: str) -> None:
    assert len(list(opened(ast.parse(code)))) == 1


def test_a_text_whose_words_are_replaced_opens_nothing() -> None:
    assert list(opened(ast.parse("text.replace('a', 'b'); replace(value, a=1); names.copy()"))) == []
