"""Lists which third-party packages the product imports, from where, and compares them with pyproject.toml."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = ("rubrics", "calibration", "annotate_app")
# Required, and imported by no statement of ours: the file that asks for it, and the word it does so by.
OTHERWISE = {
    "authlib": ("annotate_app/serving/providers.py", "login"),  # Streamlit's login imports it
    "pandas": ("calibration/frames.py", "pandas"),  # frames that notebooks hand us; ours ask it by method
    "rouge-score": ("calibration/judges/checks/overlap.py", "rouge_score"),
    "sacrebleu": ("calibration/judges/checks/overlap.py", "sacrebleu"),
}
# Imported by us and required by a package that we require, which decides its release.
COMES_WITH = {
    "protobuf": "streamlit",
    "pydantic-core": "pydantic",
    "referencing": "jsonschema",
    "sqlalchemy": "sqlmodel",
}
# Imported where it is there, and required by nobody: the tests' own runner, for whoever uses our plugin.
NOT_REQUIRED = {"pytest"}


def imported() -> Mapping[str, list[str]]:
    """By distribution, the modules of the product that import it."""
    of_module, found = packages_distributions(), dict[str, list[str]]()
    for package in PRODUCT:
        for path in sorted((ROOT / package).rglob("*.py")):
            for name in sorted(set(_imports(path))):
                for distribution in {canonicalize_name(one) for one in of_module.get(name, [name])}:
                    found.setdefault(distribution, []).append(str(path.relative_to(ROOT)))
    return found


def _imports(path: Path) -> Iterator[str]:
    """The top-level names of third-party modules that a file imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        for name in names:
            top = name.partition(".")[0]
            if top not in sys.stdlib_module_names and top not in PRODUCT:
                yield top


def required() -> tuple[frozenset[str], frozenset[str]]:
    """What pyproject.toml requires at run time: of the core, and of the extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {k: v for k, v in project["optional-dependencies"].items() if k != "dev"}
    core = {canonicalize_name(Requirement(text).name) for text in project["dependencies"]}
    more = {canonicalize_name(Requirement(text).name) for found in extras.values() for text in found}
    return frozenset(core), frozenset(more)


def main() -> int:
    found = imported()
    core, extras = required()
    for name, paths in sorted(found.items()):
        where = "core" if name in core else "extra" if name in extras else "not required"
        print(f"{name} ({where}): {len(paths)} modules, as {paths[0]}")
    idle = (core | extras) - set(found) - set(OTHERWISE)
    stray = set(found) - core - extras - NOT_REQUIRED - set(COMES_WITH)
    for name in sorted(idle):
        print(f"required, and imported nowhere: {name}")
    for name in sorted(stray):
        print(f"imported, and not required: {name}")
    return 2 if idle or stray else 0


if __name__ == "__main__":
    raise SystemExit(main())
