"""`calibrant serve`: open a study's pages in the browser; refuses other machines without a login."""

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
    parser.add_argument(
        "--address",
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="where to listen (default: this machine alone; another address needs accounts)",
    )
    parser.add_argument("--public-url", metavar="URL", help="the address in people's browsers, as https://…")
    parser.add_argument(
        "--proxy", action="append", default=[], metavar="ADDRESS",
        help="a reverse proxy whose word about a client's address is taken; may be given several times",
    )  # fmt: skip
    log_arguments(parser, level="info")


def _serve(args: argparse.Namespace) -> int:
    start_log(args)
    from annotate_app import server
    from annotate_app.desk import CANNOT_OPEN
    from annotate_app.services.databases import require_there
    from annotate_app.study_file import FILE_NAME

    try:
        if (args.study / FILE_NAME).is_file():
            require_there()
        server.serve(
            args.study, address=args.address, port=args.port, public_url=args.public_url, proxies=args.proxy
        )
    except (server.ServerFailed, *CANNOT_OPEN) as failure:
        raise CommandFailed(str(failure)) from failure
    return DONE


COMMANDS: list[Command] = [
    Command("serve", "open the study's pages in the browser", _arguments, _serve),
]
