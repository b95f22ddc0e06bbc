"""Change one word of a typed text: leave it out, or put another word in its place.

Called by explanations and ui/change_list.py. Both use the same function, so the effect of a word agrees with
the score after a click that leaves the word out.
"""

Span = tuple[int, int]  # first character and last character + 1


def changed(text: str, span: Span, word: str = "") -> str:
    """`text` with `word` at the place `span`; without `word`, one of two spaces around the place goes too."""
    before, after = text[: span[0]], text[span[1] :]
    if not word and (not before or before[-1].isspace()) and (not after or after[0].isspace()):
        before, after = (before, after[1:]) if after else (before[:-1], after)
    return before + word + after


def in_case_of(word: str, replaced: str) -> str:
    """`word` with a capital first letter, or in capitals, if the `replaced` word is written so."""
    if len(replaced) > 1 and replaced.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if replaced[:1].isupper() else word
