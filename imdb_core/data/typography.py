"""Cuts text that people type or paste into words. Called by Vocabulary; imdb_core/script/ copies it.

The corpus was cut at ASCII punctuation only, and tokens() does the same. A word that the vocabulary then does
not know is read again by these rules:

| in the word                                                   | is read as                      |
|---------------------------------------------------------------|---------------------------------|
| any kind of apostrophe: ’ ʼ ′ ´                               | '                               |
| quotes (‘so’ too), dashes, bullets, spaces, controls, symbols | the end of a word               |
| zero-width characters, soft hyphens, variation selectors      | nothing                         |
| U+0080 to U+009F                                              | Windows-1252: \\x93 “, \\x97 —  |
| compatibility forms (NFKC): ﬁ, full-width g, ⓖ, 𝐠             | plain letters                   |
| letters with separate accents: e, U+0301                      | composed letters: é             |
| numbers set as one character: ½ ② ³                           | words of their own: 1 2, 2, 3   |
| emoji                                                         | words of their own              |
| apostrophes around a word unknown with them: 'great', dogs'   | nothing                         |

HTML entities are decoded before the text is cut.
"""

import functools
import html
import html.entities
import itertools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from string import ascii_lowercase, ascii_uppercase

SEPARATORS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
# Python 2 lowered bytes, that is A-Z only: the corpus has "Ángela" and both "À" and "à".
AS_CORPUS = str.maketrans(ascii_uppercase + SEPARATORS, ascii_lowercase + " " * len(SEPARATORS))

# Written as code points, because an editor may change them: ´ ʹ ʻ ʼ ʽ ʾ ʿ ˈ ˊ ˋ ΄ ՚ ׳ ‘ ’ ‛ ′ ‵ ❛ ❜ ꞌ ＇ …
APOSTROPHES = frozenset(
    "'\xb4\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ca\u02cb\u0384\u055a\u05f3\u07f4\u07f5\u1fbd"
    "\u1fbf\u1ffd\u2018\u2019\u201b\u2032\u2035\u275b\u275c\ua78b\ua78c\uff07"
)
EMOTICONS = frozenset("☹☺☻♡♥❣❤\ufffd")  # read like emoji; U+FFFD stands for a character that was lost
# Unicode counts these as letters or marks: quotes, joiners, Hangul fillers and variation selectors.
QUOTES = "ʺˮ🙶🙷🙸"
INVISIBLE = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0"
INVISIBLE += "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
PLAIN = dict.fromkeys(INVISIBLE, "") | dict.fromkeys(QUOTES, " ") | dict.fromkeys(APOSTROPHES, "'")
QUOTED = re.compile(
    r"(?<!\w)[\x91‘‚‛❛](.{1,100}?)[\x92’‘❜](?![\w’])"
)  # at most 100 characters, to limit the time

# Words over 100 characters are not normalised, because a row of accents takes quadratic time. The longest
# word of the corpus has 51 characters.
TOO_LONG = re.compile(r"([^\s']{101,})")
COMMON = 1000  # if a word with a typographic mark has an id up to this, the corpus itself uses that mark
ENTITY = re.compile(
    r"&(?:amp;|#38;|#x26;)*"  # encoded twice or more often
    r"(#\d{1,7};|#x[0-9a-f]{1,6};|#\d{2,7}|#x[0-9a-f]{2,6}"  # by number
    r"|[a-z][a-z0-9]{1,31};|(?:amp|lt|gt|quot|nbsp)(?![a-z0-9]))",  # by name
    re.IGNORECASE,
)


def tokens(text: str) -> list[str]:
    """The words of `text` as the corpus has them: `<br />` becomes "br", apostrophes stay inside words."""
    # Split at single spaces only: the corpus has words that contain the white space \x85 and \xa0.
    return [word for word in text.translate(AS_CORPUS).split(" ") if word]


def decoded(text: str) -> str:
    """`text` with HTML entities decoded: "&quot;", "&amp;#39;", and without semicolon "&#39" and "&nbsp"."""
    return ENTITY.sub(_decoded_entity, text) if "&" in text else text


def understood(words: Sequence[str], ids: Mapping[str, int], *, typed: bool) -> list[str]:
    """The words that a vocabulary reads for the tokens `words`; a token can become several words or none.

    `ids` maps the vocabulary's words to ids, the most frequent word to the lowest id. Known words stay as
    they are, with an exception: "it’s" is known but rare (id 21,383 in the IMDB reviews), and "it's" is more
    frequent. A rare word like "it’s" stays only in a text that may be from the corpus. This rules out a text
    that was `typed`, and a text that has an unknown word with a typographic mark. `typed` is False for
    lower-case words with single spaces between them: so are the reviews of the corpus.
    """
    second_forms = forms(words, ids, typed=typed)
    if not second_forms:
        return list(words)
    read: list[str] = []
    for word in words:
        read += second_forms.get(word, [word])
    return read


def forms(words: Sequence[str], ids: Mapping[str, int], *, typed: bool) -> dict[str, list[str]]:
    """What understood() reads for each of the `words` that it reads again; all other words stay."""
    unknown = {word for word in words if word not in ids}
    doubtful = {word for word in unknown if not _is_plain(word)}
    if not all(map(str.isascii, words)):
        marked = {word for word in words if not word.isascii() and _is_marked(word)}
        known = marked - unknown
        if typed or known != marked:
            doubtful |= {word for word in known if _is_better_plain(word, ids)}
    return {word: _second_look(word, ids) for word in doubtful}


def separated(word: str) -> list[str]:
    """The pieces of `word` in plain letters, with the apostrophes around them; [] if all are separators."""
    if word.isascii() and word.isprintable():
        return [word]
    plain = "".join(map(_replacement, QUOTED.sub(r" \1 ", word)))
    parts = enumerate(TOO_LONG.split(plain))  # every second part is too long
    pieces = "".join(part if number % 2 else _compatible(part) for number, part in parts).split()
    return list(itertools.chain.from_iterable(map(_without_emoji, pieces)))


def _decoded_entity(match: re.Match[str]) -> str:
    """The character of an entity; text that only looks like an entity stays as it is."""
    name = match[1]
    if not name.startswith("#") and name not in html.entities.html5:
        name = name.lower()
        if name not in html.entities.html5:
            return match[0]
    return html.unescape(f"&{name}")


def _is_plain(word: str) -> bool:
    """Whether a second look at an unknown `word` can only give the word itself."""
    return word.isascii() and "'" not in word and word.isprintable() and word.lower() == word


def _second_look(word: str, ids: Mapping[str, int]) -> list[str]:
    """The parts of `word`; each in the form that is in the vocabulary, or unchanged if none is."""
    return [form for piece in separated(word) if (form := _known_form(piece, ids))]


def _known_form(piece: str, ids: Mapping[str, int]) -> str:
    """`piece` if known, else in small letters, else its most frequent form with fewer outer apostrophes."""
    for form in (piece, piece.lower()):
        if form in ids:
            return form
    stripped = piece.strip("'")
    if stripped in ("", piece):
        return stripped
    sides = ("'" if piece.startswith("'") else "", "'" if piece.endswith("'") else "")
    forms = (stripped, sides[0] + stripped, stripped + sides[1])  # "'em" and "dogs'" can be quoted too
    known = (form for form in (*forms, *map(str.lower, forms)) if form in ids)
    return min(known, key=ids.__getitem__, default=stripped)


def _is_marked(word: str) -> bool:
    """Whether `word` has a typographic apostrophe, quote, dash or space; U+0080 to U+009F do not count."""
    marks = [mark for mark in word if mark >= "\xa0" and _replacement(mark) in ("'", " ", "")]
    return any(mark in APOSTROPHES or unicodedata.category(mark)[0] != "S" for mark in marks)


def _is_better_plain(word: str, ids: Mapping[str, int]) -> bool:
    """Whether a known `word` with a typographic mark is rare and all its plain pieces are more frequent."""
    own_id = ids[word]
    return own_id > COMMON and all(ids.get(form, own_id) < own_id for form in _second_look(word, ids))


def _compatible(plain: str) -> str:
    """`plain` in composed and compatible characters, as the corpus has them."""
    if plain.isascii() or unicodedata.is_normalized("NFKC", plain):
        return plain
    plain = "".join(map(_replacement, unicodedata.normalize("NFKC", plain)))  # "㏂" became "a.m."
    return unicodedata.normalize("NFC", plain.translate(AS_CORPUS))


def _without_emoji(piece: str) -> list[str]:
    """`piece` itself, or its runs of emoji and of other characters."""
    if max(piece) < "\U0001f000" and EMOTICONS.isdisjoint(piece):
        return [piece]
    return ["".join(run) for _, run in itertools.groupby(piece, _is_emoji)]


@functools.lru_cache(maxsize=4096)
def _replacement(character: str) -> str:
    """The text that replaces a character of an unknown word, by its Unicode category; " " ends the word."""
    if character in PLAIN:
        return PLAIN[character]
    if "\x80" <= character < "\xa0":
        return _replacement(character.encode("latin-1").decode("cp1252", "replace").replace("\ufffd", " "))
    kind = unicodedata.category(character)
    if kind in ("Cf", "Me"):
        return ""
    if kind[0] in "ZP" or kind == "Cc":
        return " "
    if kind not in ("No", "Co", "So", "Sm", "Sc", "Sk") or _is_emoji(character):
        return character
    form, *letters = unicodedata.decomposition(character).split() or [""]
    if kind == "No" or kind == "So" and len(letters) > 1 and form != "<super>":  # ½, ㎏, but not ™
        return f" {character} "
    return character if kind == "So" and len(letters) == 1 else " "  # ⓖ is a letter, → a separator


def _is_emoji(character: str) -> bool:
    """Whether `character` is a word of its own: from the Unicode blocks of emoji, or one of EMOTICONS."""
    if "\U0001f000" <= character < "\U0001fc00" and character not in PLAIN:
        return not unicodedata.decomposition(character)
    return character in EMOTICONS
