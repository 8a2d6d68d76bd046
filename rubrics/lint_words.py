"""The word lists of the rubric linter."""

from __future__ import annotations

_VAGUE = """
acceptable adequate adequately appropriate appropriately average bad decent excellent fair fairly good great
high-quality low-quality nice ok okay poor proper properly quality reasonable reasonably satisfactory somewhat
suitable
"""
_STOP = """
a an and are as at be been but by can do does for from had has have he her his i if in into is it its of on or
our she so that the their them then there these they this to was we were what when where which who will with
you your
"""
_CONTRAST = """
no not none never nothing without all every each some any most many few several only one two three four five
more less fewer least partly fully mostly entirely wholly completely first last before after b both neither
either same other
"""

# Words that leave the decision to each rater's taste unless the text goes on to say what they mean.
VAGUE_WORDS = tuple(_VAGUE.split())
# Words that carry no content when two descriptions are compared.
STOP_WORDS = frozenset(_STOP.split())
# Words that alone can tell two levels apart.
CONTRAST_WORDS = frozenset(_CONTRAST.split())
