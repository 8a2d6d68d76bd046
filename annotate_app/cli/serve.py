"""`calibrant serve`: open a study's pages in the browser; refuses to listen beyond this machine."""

from __future__ import annotations

import argparse
from pathlib import Path

from annotate_app.cli.command import DONE, Command, CommandFailed
from annotate_app.cli.logging_options import log_arguments, start_log


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--study",
        type=Path,
        default=Path(),
        metavar="PATH",
        help="study folder (default: .); where it has no study yet, the page makes one",
    )
    parser.add_argument("--port", type=int, default=8501, help="port on this machine (default: 8501)")
    parser.add_argument("--host", default="127.0.0.1", help="only this machine until login exists")
    log_arguments(parser, level="info")


def _serve(args: argparse.Namespace) -> int:
    start_log(args)
    from annotate_app import server
    from annotate_app.desk import CANNOT_OPEN

    try:
        server.serve(args.study, address=args.host, port=args.port)
    except (server.ServerFailed, *CANNOT_OPEN) as failure:
        raise CommandFailed(str(failure)) from failure
    return DONE


COMMANDS: list[Command] = [
    Command("serve", "open the study's pages in the browser (this machine only)", _arguments, _serve),
]
