"""Texts that somebody else may have written, as one line that changes nothing around it, in a terminal or on a page.

Used for what is read from run folders and for what the command line prints of reviews.
"""

import re

# Control characters, which a terminal obeys; marks that turn round the words after them; halves of characters, which
# cannot be written in UTF-8.
_HARMFUL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_SPACES = "\t\n\v\f\r\x85\u2028\u2029"


def one_line(text: str) -> str:
    """`text` with a space for each line break or tab, and without the other characters that could do harm."""
    return text if text.isprintable() else _HARMFUL.sub(lambda found: " " if found[0] in _SPACES else "", text)
