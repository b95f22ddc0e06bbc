"""Cuts text into pieces of words by byte-pair encoding. Called by subwords.py; imdb_core/script/ copies it.

A vocabulary is a list of pieces: single characters, then pieces that were made of two earlier pieces each, in
the order of their making. This order alone decides how a text is cut, so the beginning of a vocabulary is a
smaller vocabulary. Text is in NFC and lower case; the Turkish İ becomes i. Pieces lie within runs of letters,
of digits or of other characters; spaces only separate.
"""

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

UNKNOWN_PIECE = "<unknown>"  # has id 2; no piece, because letters and < are different runs
RUNS = r"[\p{L}\p{M}]+|\p{N}+|[^\p{L}\p{M}\p{N}]+"


def piece_tokenizer(ids: dict[str, int]) -> Tokenizer:
    """The tokenizer of the pieces `ids`: piece -> id, in the order of the vocabulary."""
    merges = [pair for pair in halves(list(ids)) if pair]
    model = models.BPE(vocab={UNKNOWN_PIECE: 2} | ids, merges=merges, unk_token=UNKNOWN_PIECE)
    return with_rules(Tokenizer(model))


def with_rules(tokenizer: Tokenizer) -> Tokenizer:
    """`tokenizer` after it was told how to normalise a text and where no piece crosses."""
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace("\u0130", "i"), normalizers.Lowercase()]
    )
    runs = pre_tokenizers.Split(Regex(RUNS), "isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), runs])
    return tokenizer


def halves(pieces: list[str]) -> list[tuple[str, str] | None]:
    """The two earlier pieces that each piece was made of; None for a single character.

    Raises ValueError for a piece that cannot be made of two earlier ones.
    """
    made_of, impossible = possible_halves(pieces)
    if impossible:
        raise ValueError(f"the piece {impossible[0]!r:.40} is not made of two earlier pieces")
    return list(made_of.values())


def possible_halves(pieces: list[str]) -> tuple[dict[str, tuple[str, str] | None], list[str]]:
    """Each piece with its halves, see halves(), and the pieces that cannot be made of earlier ones."""
    ranks: dict[tuple[str, str], int] = {}
    made_of: dict[str, tuple[str, str] | None] = {}
    impossible = []
    for piece in pieces:
        parts = merged(piece, ranks)
        if len(piece) == 1:
            made_of[piece] = None
        elif len(parts) == 2 and parts[0] in made_of and parts[1] in made_of:
            made_of[piece] = parts[0], parts[1]
            ranks[parts[0], parts[1]] = len(ranks)
        else:
            impossible.append(piece)
    return made_of, impossible


def merged(word: str, ranks: dict[tuple[str, str], int]) -> list[str]:
    """The pieces of `word`: of all neighbours with a rank, those with the lowest rank are joined first."""
    parts = list(word)
    while len(parts) > 1:
        pairs = [ranks.get(pair, len(ranks)) for pair in zip(parts, parts[1:], strict=False)]
        lowest = min(pairs)
        if lowest == len(ranks):
            break
        at = pairs.index(lowest)
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return parts
