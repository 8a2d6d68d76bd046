"""Which files of pages were offered to whom: a download is for the person whose page named it alone.

Streamlit keeps the files of all pages in this process and gives each to whoever knows its address.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable

from starlette.types import Message, Send

from annotate_app.services.acting import Person
from annotate_app.services.rights import Role

PATH = "/media/"
MOST = 20_000  # files remembered; the oldest is forgotten first
_NAMED = re.compile(rb"/media/([0-9A-Za-z]{16,128})")


Offer = tuple[int, frozenset[Role]]  # an account, and the roles that it held when its page named the file


class HandedOut:
    """By a file's number whose pages were sent with it, and in which roles they were drawn."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._to: OrderedDict[str, set[Offer]] = OrderedDict()

    def note(self, frame: bytes, account_id: int, roles: frozenset[Role]) -> None:
        """Remember every file that a message to this account's page names, drawn with these roles."""
        for found in _NAMED.findall(frame):
            name = found.decode("ascii")
            self._to.setdefault(name, set()).add((account_id, roles))
            self._to.move_to_end(name)
        while len(self._to) > self._most:
            self._to.popitem(last=False)

    def belongs(self, path: str, person: Person) -> bool:
        """Whether the person may fetch this address; whoever is alone in the study may fetch all.

        A role that was taken away since takes with it what its pages offered.
        """
        if not path.startswith(PATH) or person.account_id is None:
            return True
        name = path.removeprefix(PATH).partition(".")[0]
        offers = self._to.get(name, ())
        return any(account == person.account_id and roles <= person.roles for account, roles in offers)


files = HandedOut()


def noting(person: Person, drawn_in: Callable[[], frozenset[Role]], send: Send) -> Send:
    """The way out of a socket, on which files that this person is offered are noted before they are.

    `drawn_in`: the roles with which the page may have been drawn that is sent now.
    """

    async def onward(message: Message) -> None:
        frame = message.get("bytes") if message["type"] == "websocket.send" else None
        if frame and person.account_id is not None:
            files.note(frame, person.account_id, drawn_in())
        await send(message)

    return onward
