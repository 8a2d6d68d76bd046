"""The files that a code judge is made of, and their hash; imports and runs none of them."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from calibration.judges.faults import BadJudge
from rubrics.canonical import sha256_of


@dataclass(frozen=True, slots=True)
class Source:
    """Where a code judge's function is: its file, and the module to import unless the file is the study's.

    Modules are looked for below `roots`: of the study's file its own folder and the study's, of an installed
    module the folder that holds its outermost package.
    """

    path: Path
    function: str
    module: str | None
    roots: tuple[Path, ...] = ()


def find_source(name: str, requested: str, folder: Path) -> Source:
    """The file behind `package.module:function` or `folder/file.py:function`; imports no judge code."""
    where = f"study.toml, [judges.{name}] code = {requested!r}"
    module, colon, function = requested.rpartition(":")
    if not colon or not module or not function.isidentifier():
        raise BadJudge(f"{where}: write package.module:function, judges/file.py:function or check:NAME")
    if module.endswith(".py"):
        path = (folder / module).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            raise BadJudge(f"{where}: there is no file {module} in the study folder")
        return Source(path, function, None, tuple(dict.fromkeys((path.parent, folder.resolve()))))
    try:
        found = importlib.util.find_spec(module)
    except (ModuleNotFoundError, ValueError):
        found = None
    if found is None or found.origin is None or not found.origin.endswith(".py"):
        raise BadJudge(f"{where}: no module {module!r} can be imported here; install the package that has it")
    path = Path(found.origin)
    above = module.count(".") + (path.name == "__init__.py")
    return Source(path, function, module, (path.parents[above],))


def source_files(name: str, source: Source) -> dict[str, Path]:
    """By module name, the judge's file ("" for the study's own) and all that it imports, and so on.

    Followed are `import` and `from … import` anywhere in the code, to modules below the roots of a study's
    judge, or of the same outermost package; with each module the `__init__.py` of its packages.
    """
    outermost = None if source.module is None else source.module.partition(".")[0]
    found: dict[str, Path] = {}
    left = [(source.module or "", source.path)]
    if source.module is not None:
        left += _modules(source.module, source.roots, outermost)
    while left:
        module, path = left.pop()
        if module in found or path in found.values():
            continue
        found[module] = path
        for imported in _imports(name, path, module):
            left += _modules(imported, source.roots, outermost)
    return dict(sorted(found.items()))


def _modules(imported: str, roots: Iterable[Path], outermost: str | None) -> list[tuple[str, Path]]:
    """The files that importing a dotted name runs; none for modules from elsewhere."""
    parts = imported.split(".")
    if outermost is not None and parts[0] != outermost:
        return []
    if parts[0] in sys.stdlib_module_names:
        return []
    for root in roots:
        files = [(".".join(parts[:k]), _file(root.joinpath(*parts[:k]))) for k in range(1, len(parts) + 1)]
        known = [(module, path) for module, path in files if path is not None]
        if known:
            return known
    return []


def _file(place: Path) -> Path | None:
    """The file of a module: place.py, or of a package its __init__.py."""
    for path in (place / "__init__.py", place.with_name(f"{place.name}.py")):
        if path.is_file():
            return path.resolve()
    return None


def _imports(name: str, path: Path, module: str) -> Iterator[str]:
    """The dotted names that a file imports; of `from a import b` both a and a.b, for b may be a module."""
    try:
        tree = ast.parse(path.read_bytes(), filename=str(path))
    except (SyntaxError, ValueError) as error:
        raise BadJudge(f"study.toml, [judges.{name}]: {path.name} is not valid Python: {error}") from error
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            if base:
                yield base
                yield from (f"{base}.{alias.name}" for alias in node.names if alias.name != "*")


def _absolute(node: ast.ImportFrom, package: str) -> str:
    """The dotted name that `from` names, dots in front resolved; empty where they lead nowhere."""
    if not node.level:
        return node.module or ""
    parts = package.split(".") if package else []
    if node.level - 1 > len(parts) or not parts:
        return ""
    return ".".join((*parts[: len(parts) - node.level + 1], *filter(None, (node.module,))))


def code_sha256(name: str, source: Source, data: Mapping[str, Path]) -> str:
    """Hash of the judge's modules and declared data files; of a single file, that file's own hash."""
    modules = source_files(name, source)
    if len(modules) == 1 and not data:
        return file_sha256(source.path)
    named = {module or source.path.name: file_sha256(path) for module, path in modules.items()}
    return sha256_of({"modules": named, "files": {n: file_sha256(p) for n, p in data.items()}})


def folder_files(names: Iterable[str], folder: Path, *, place: str) -> dict[str, Path]:
    """Files of the study folder by name; BadJudge at `place` for one that is not there or not inside."""
    found = {}
    for name in names:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            raise BadJudge(f"{place}: there is no file {name} in the study folder")
        found[name] = path
    return found


def files_sha256(files: Mapping[str, Path]) -> str:
    """Hash of the contents of files with their names."""
    return sha256_of({name: file_sha256(path) for name, path in files.items()})


def file_sha256(path: Path) -> str:
    """SHA-256 of a text file's content, whatever its line ends."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
