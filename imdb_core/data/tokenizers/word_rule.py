"""Cuts text of any language into words. Called by unicode_words.py; imdb_core/script/ copies this file.

The rule follows Unicode's word boundaries (UAX #29), in a form that needs no tables beside Python's own:

| in the text                                          | is read as                                          |
|------------------------------------------------------|-----------------------------------------------------|
| letters, digits and their accents in a row           | one word, also across scripts: iPhone을, 3D         |
| an apostrophe between letters, of any kind: l’amour  | part of the word, as ': l'amour                     |
| . or , between digits: 3.14                          | part of the number; elsewhere the end of a word     |
| Han, Hiragana, Thai, Lao, Khmer, Myanmar             | a word per character with its accents               |
| emoji, stars, hearts, flags, joined emoji            | a word each, without variation selectors            |
| soft hyphens, joiners, direction marks within a word | nothing                                             |
| everything else: spaces, punctuation, _, symbols     | the end of a word                                   |

Scripts without spaces give characters and not pairs of characters, because each character of the text then
belongs to one word; networks learn pairs themselves. Full stops and underscores end a word, unlike in
UAX #29, because people write "great film.I loved it" and "_loved_ it".

Words are in NFC and lower case, by lower() and not by casefold(). casefold() makes "Maße" and "Masse" one
word and shows forms that nobody wrote. The Turkish İ becomes i, and I becomes i in all languages.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator

# Letters of scripts that are written without spaces: Thai, Lao, Myanmar, Khmer, Tai, Hiragana, Han.
SINGLE = (
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec6\u0edc-\u0edf\u1000-\u102a"
    "\u103f\u1050-\u1055\u1780-\u17b3\u1950-\u19df\u1a20-\u1a54\uaa60-\uaa7a\u3005-\u3007\u3041-\u3096\u309d-"
    "\u309f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U0001b000-\U0001b122\U00020000-\U0003ffff"
)
# Rare scripts and mathematical letters. One range, because each of many ranges costs time at every space.
RARE = "\U00010000-\U0001afff\U0001b123-\U0001efff"
APOSTROPHES = "'\u02bc\u2018\u2019\u201b\u2032\uff07"
# Soft hyphen, joiners and direction marks. U+200B is not among them: Thai and Khmer separate words with it.
INVISIBLE = "\u00ad\u061c\u180e\u200c-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufe0e\ufe0f"
PICTURES = "\u231a\u231b\u23e9-\u23fa\u2600-\u275a\u2761-\u27bf\u2b1b\u2b1c\u2b50\u2b55\U0001f000-\U0001faff"
FLAG_LETTERS = "\U0001f1e6-\U0001f1ff"
CHANGES = "\U0001f3fb-\U0001f3ff\ufe0e\ufe0f\u20e3\U000e0020-\U000e007f"  # of a picture: skin, colour, region
LONGEST = 99  # characters of a word or its part, because ordering accents takes quadratic time


def tokens(text: str) -> list[str]:
    """The words of `text`."""
    return [normal(match[0]) for match in word_pattern().finditer(text)]


def placed_tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """(word, first character, last character + 1) of each word of `text`."""
    for match in word_pattern().finditer(text):
        yield normal(match[0]), match.start(), match.end()


@functools.lru_cache(maxsize=2**15)
def normal(word: str) -> str:
    """A word of a text as vocabularies have it."""
    if word.isalnum() and unicodedata.is_normalized("NFC", word):
        return word.lower().replace("i\u0307", "i")
    dropped = INVISIBLE if word[0].isalnum() else "\ufe0e\ufe0f"  # joined emoji stay joined
    word = unicodedata.normalize("NFC", re.sub(f"[{dropped}]", "", word))
    word = re.sub(f"[{APOSTROPHES}]", "'", word).lower()
    return unicodedata.normalize("NFC", word.replace("i\u0307", "i"))


@functools.cache
def word_pattern() -> re.Pattern[str]:
    """The regular expression of one word; takes 50 ms the first time."""
    single = re.compile(f"[{SINGLE}]")
    characters = [character for character in map(chr, range(0x10000)) if not single.match(character)]
    letters = RARE + _ranges(character for character in characters if character.isalnum())
    marks = _ranges(character for character in characters if unicodedata.category(character)[0] == "M")
    after = f"{marks}{INVISIBLE}\U000e0100-\U000e01ef"  # the last are variants of Han characters
    joint = rf"(?:(?<=\d)[.,](?=\d)|[{APOSTROPHES}·\u05f4](?=[^\W\d_{SINGLE}]))"
    picture = rf"[{PICTURES}][{CHANGES}]{{0,9}}"
    # No possessive {0,9}+ after the group: with it, Python 3.11.2 finds empty words.
    return re.compile(
        rf"[{letters}][{letters}{after}]{{0,{LONGEST}}}(?:{joint}[{letters}{after}]{{1,{LONGEST}}}){{0,9}}"
        rf"|[{SINGLE}][{after}]{{0,{LONGEST}}}|[{FLAG_LETTERS}]{{2}}|{picture}(?:\u200d{picture}){{0,9}}"
    )


def _ranges(characters: Iterable[str]) -> str:
    """`characters`, in their order, as the inside of a regular expression's [...]."""
    first_and_last: list[list[str]] = []
    for character in characters:
        if first_and_last and ord(character) == ord(first_and_last[-1][1]) + 1:
            first_and_last[-1][1] = character
        else:
            first_and_last.append([character, character])
    return "".join(f"{first}-{last}" for first, last in first_and_last)
