"""Make text of unknown origin safe to print: one line, without characters that control a terminal.

Called by the modules that read run folders and by the command line, which prints reviews and names.
"""

import re

# Control characters, which a terminal obeys; marks that reverse the direction of the text after them; lone
# surrogates, which cannot be encoded in UTF-8.
_HARMFUL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_SPACES = "\t\n\v\f\r\x85\u2028\u2029"


def one_line(text: str) -> str:
    """`text` with a space for each line break or tab, and without the other control characters."""
    if text.isprintable():
        return text
    return _HARMFUL.sub(lambda match: " " if match[0] in _SPACES else "", text)
