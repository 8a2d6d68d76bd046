"""`python -m annotate_app.cli`: the command `calibrant` where it is not installed on the PATH."""

from annotate_app.cli import entry

raise SystemExit(entry())
