"""The data card of an export: what is in it, what is not and why, and what may not be done with it."""

from __future__ import annotations

from collections.abc import Mapping

from annotate_app.exporters.summary import ExportSummary

PEOPLE = """\
Raters appear under the names that the study knows them by. They answered to measure a judge, not to be
measured: whoever passes this folder on replaces the names first, and nobody tries to find out who a rater, or
a person in an item's texts, is."""
UNNAMED = """\
Raters, and everybody else who is named in a column of these files, appear under pseudonyms: random words that
are the same in every export of the study. Texts (items, rationales, reasons, notes, columns that came with
labels, rubric.yaml) were not searched for names. Who holds the study's database can tell who is who."""
USE = """\
Items marked `validation` set thresholds and temperatures; a prompt that was written while reading them is no
longer tested by them. Planted items and their labels are no data and never leave a study."""


def card(study: str, summary: ExportSummary) -> str:
    """The card as Markdown."""
    parts = [
        f"# {_plain(study)}: export ({summary.format})",
        f"Rubric version (SHA-256 of its wording): `{summary.rubric_sha256}`",
        "## Files\n" + _files(summary),
        "## Items by split\n" + (_listed(summary.splits) or "- none"),
        "## What is left out\n" + "\n".join(_left_out(summary)),
        f"## People\n{UNNAMED if summary.pseudonyms else PEOPLE}",
        f"## Use\n{USE}",
    ]
    return "\n\n".join(parts) + "\n"


def held_out_words(summary: ExportSummary) -> str:
    """One sentence about the vault."""
    if summary.opened is not None:
        return f"Nothing is held out: the vault was opened for this export ({summary.opened})."
    if not any(summary.held_out.values()):
        return "Nothing was held out."
    counts = ", ".join(f"{n:,} {what}" for what, n in summary.held_out.items())
    return f"Held out and left in the study: {counts}."


def _files(summary: ExportSummary) -> str:
    return "\n".join(
        f"- `{name}`: {n:,} rows" + (f" ({_plain(summary.holds[name])})" if name in summary.holds else "")
        for name, n in summary.files.items()
    )


def _left_out(summary: ExportSummary) -> list[str]:
    return [
        f"- {_plain(held_out_words(summary))}",
        *([_listed(summary.left_out)] if summary.left_out else []),
    ]


def _listed(counts: Mapping[str, int]) -> str:
    return "\n".join(f"- {what}: {n:,}" for what, n in counts.items())


def _plain(text: str) -> str:
    """Text on one line without marks of Markdown."""
    return " ".join(text.split()).replace("`", "'").replace("<", "‹").replace("[", "(").replace("]", ")")
