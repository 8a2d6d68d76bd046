"""Names of items, people and judges: which characters none may have; refuses to change a name."""

from __future__ import annotations

import re

# Controls (line ends and the terminal's escape are some), separators of lines, and turns of direction: they
# forge lines of a log, speak to a terminal, or make one name look like another.
REFUSED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def refused_in(name: str) -> str | None:
    """The first character that a name may not have, as U+001B; None where it has none."""
    if name.isprintable():
        return None
    found = REFUSED.search(name)
    return None if found is None else f"U+{ord(found[0]):04X}"
