"""Which service functions the pages, the commands and the server call, read from their source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from annotate_app.services.rights import Action

APP = Path(__file__).parents[3] / "annotate_app"
SERVICES = APP / "services"
FENCES = ("require", "allowed", "refusal")


@dataclass(frozen=True)
class Used:
    """A service function that a door calls, and where."""

    name: str
    function: ast.FunctionDef
    call: ast.Call
    file: str

    @property
    def takes(self) -> list[str]:
        return [a.arg for a in (*self.function.args.args, *self.function.args.kwonlyargs)]


def functions(module: str) -> dict[str, ast.FunctionDef]:
    tree = ast.parse((SERVICES / f"{module}.py").read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


FUNCTIONS = {path.stem: functions(path.stem) for path in SERVICES.glob("*.py")}


def imported(tree: ast.Module) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """Modules of services and functions of services by the name that a file gives them."""
    modules: dict[str, str] = {}
    names: dict[str, tuple[str, str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("annotate_app.services"):
            for one in node.names:
                if node.module == "annotate_app.services":
                    modules[one.asname or one.name] = one.name
                else:
                    names[one.asname or one.name] = (str(node.module).rpartition(".")[2], one.name)
    return modules, names


def used(path: Path) -> Iterator[Used]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules, names = imported(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        target: tuple[str, str] | None = None
        if isinstance(node.func, ast.Name):
            target = names.get(node.func.id)
        elif isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            module = modules.get(node.func.value.id)
            target = None if module is None else (module, node.func.attr)
        function = None if target is None else FUNCTIONS[target[0]].get(target[1])
        if target is not None and function is not None:
            yield Used(".".join(target), function, node, path.relative_to(APP).as_posix())


DOOR_FILES = [*(APP / "cli").glob("*.py"), *(APP / "ui").rglob("*.py"), APP / "server.py"]
CALLS = [one for path in DOOR_FILES for one in used(path)]
WITH_A_DESK = [one for one in CALLS if one.takes[:1] == ["desk"]]
GUARDED = sorted({one.name for one in WITH_A_DESK if "role" in one.takes})


def action_of(name: str) -> Action:
    """The action that a service requires, or that the service requires to which it hands its role on."""
    module, _, function = name.partition(".")
    found = FUNCTIONS[module][function]
    tree = ast.parse((SERVICES / f"{module}.py").read_text(encoding="utf-8"))
    modules, names = imported(tree)
    for node in ast.walk(found):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        if called in FENCES and isinstance(node.args[-1], ast.Constant):
            return cast(Action, node.args[-1].value)
        owner, _, last = called.rpartition(".")
        inner = (modules[owner], last) if owner in modules else names.get(called, (module, called))
        hands_on = any(ast.unparse(one) == "role" for one in (*node.args, *(w.value for w in node.keywords)))
        if hands_on and inner[1] in FUNCTIONS.get(inner[0], {}):
            return action_of(".".join(inner))
    return "items.browse"  # everybody's, as far as the tables of splits say
