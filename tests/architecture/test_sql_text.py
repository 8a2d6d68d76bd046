"""SQL takes values in by binding them; what else stands in a statement was looked at, and is ours."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from sql_text import taken_in

ROOT = Path(__file__).resolve().parents[2]
LIST = Path(__file__).with_name("sql_of_ours.txt")
FOLDERS = ("annotate_app/store", "calibration/large")


def found() -> set[str]:
    files = [file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py"))]
    return {
        f"{file.relative_to(ROOT)}: {code}"
        for file in files
        for _, code in taken_in(ast.parse(file.read_text(encoding="utf-8")))
    }


def test_what_a_statement_takes_in_as_text_was_looked_at() -> None:
    known = {line for line in LIST.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"}
    assert found() - known == set(), f"bind it (:name), or list it in {LIST.name} when it can only be ours"
    assert known - found() == set(), f"gone: take it off {LIST.name}"


@pytest.mark.parametrize(
    "code",
    [
        "def f(name): run(f\"SELECT * FROM item WHERE item_id = '{name}'\")",
        "def f(one): run(f'DELETE FROM {one.table}')",
        "def f(name):\n  where = 'x = ' + name\n  run(f'SELECT 1 WHERE {where}')",
        "def f(names): run('SELECT %s FROM item' % names)",
        "def f(name): run('SELECT {x} FROM item'.format(x=name))",
        "def f(row): run(f\"SELECT 1 FROM item ORDER BY {row['by']}\")",
    ],
)
def test_an_outside_text_in_a_statement_is_found(code: str) -> None:
    assert len(list(taken_in(ast.parse(code)))) == 1


def test_constants_numbers_and_names_of_bound_values_are_no_finding() -> None:
    code = (
        "def f(ids, wanted):\n"
        "  names = ', '.join(f':{name}' for name in wanted)\n"
        "  marks = ', '.join('?' * len(ids))\n"
        "  where = 'a = 1' if ids else 'b = 2'\n"
        "  run(f'SELECT {COLUMNS} FROM item WHERE {where} AND id IN ({marks}) AND x IN ({names})')\n"
        "  run(f'SELECT 1 LIMIT {int(ids[0])}')\n"
    )
    assert list(taken_in(ast.parse(code))) == []
