"""The files of an export: written beside their folder and moved there whole; refuses a folder in use."""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from annotate_app.exporters.cells import cell

MOST_OPEN = 64


class CannotExport(ValueError):
    """Nothing was exported: what is in the way, and what to do."""


class Files:
    """Files of one folder by names of ours; a row is counted for the file that it is written to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: Counter[str] = Counter()
        self._open: OrderedDict[str, TextIO] = OrderedDict()

    def json(self, name: str, row: object) -> None:
        """One line of JSON; the file is begun with its first line."""
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        self._file(name).write(text + "\n")
        self.rows[name] += 1

    def begin(self, name: str) -> None:
        """A file that is there even when no row follows."""
        self._file(name)
        self.rows[name] += 0

    def table(self, name: str, header: Iterable[object], rows: Iterable[Iterable[object]]) -> None:
        """A CSV table whose cells a spreadsheet shows and does not run."""
        with self._new(name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([cell(one) for one in header])
            for row in rows:
                writer.writerow([cell(one) for one in row])
                self.rows[name] += 1

    def text(self, name: str, content: str) -> None:
        self._new(name).write_text(content, encoding="utf-8")

    def close(self) -> None:
        for file in self._open.values():
            file.close()
        self._open.clear()

    def _file(self, name: str) -> TextIO:
        file = self._open.pop(name, None)
        if file is None:
            if len(self._open) >= MOST_OPEN:
                self._open.popitem(last=False)[1].close()
            file = self._new(name).open("a", encoding="utf-8", newline="\n")
        self._open[name] = file
        return file

    def _new(self, name: str) -> Path:
        return self.folder / name


def refuse_used(folder: Path) -> None:
    """An export never mixes with what is there."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CannotExport(f"{folder} is there already and not empty; name a new folder")


@contextmanager
def whole_folder(folder: Path) -> Iterator[Files]:
    """Files in a folder beside the wanted one, renamed at the end; after a failure nothing is left."""
    folder = folder.absolute()
    refuse_used(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".calibrant-export-", dir=folder.parent))
    except OSError as error:
        raise CannotExport(f"{folder.parent} cannot be written: {error.strerror}") from error
    files = Files(beside)
    try:
        yield files
        files.close()
        beside.chmod(0o755)
        _move(beside, folder)
    except OSError as error:
        raise CannotExport(f"{folder} cannot be written: {error.strerror or error}") from error
    finally:
        files.close()
        shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def scratch_files(folder: Path) -> Iterator[Files]:
    """Files where those of `folder` would be written, thrown away at the end."""
    try:
        with tempfile.TemporaryDirectory(prefix=".calibrant-export-", dir=existing(folder)) as place:
            files = Files(Path(place))
            try:
                yield files
            finally:
                files.close()
    except OSError as error:
        raise CannotExport(f"{folder} cannot be written: {error.strerror or error}") from error


def existing(folder: Path) -> Path:
    """The nearest folder above that is there."""
    return next(place for place in folder.absolute().parents if place.is_dir())


def _move(beside: Path, folder: Path) -> None:
    refuse_used(folder)
    if folder.exists():
        folder.rmdir()
    beside.rename(folder)


def plain(content: Any) -> Any:
    """A number of an array as Python's own."""
    return content.item() if hasattr(content, "item") else content
