"""The tokenizer for pieces of words: piece_rule.py, with training. Called by the registry.

The package `tokenizers` is imported when the first subword vocabulary is used (15 ms, 7 MB).
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from imdb_core.data.tokenizers.ranking import spread_sample
from imdb_core.data.tokenizers.registry import UNKNOWN, Reader, Token, Tokenizer, register

NAME = "subwords"
MOST_PIECES = 32_768  # of a vocabulary file; finding the halves of its pieces takes up to 4 s
LONGEST_PIECE = 16  # characters
MOST_CHARACTERS = 0.5  # share of the vocabulary: rarer characters are unknown
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
LEAST_USES = 2  # in the sampled texts, of a pair that becomes a piece


class _Reader(Reader):
    def __init__(self, ids: Mapping[str, int]) -> None:
        self._ids = ids

    @cached_property
    def _tokenizer(self) -> Any:
        from imdb_core.data.tokenizers.piece_rule import piece_tokenizer

        return piece_tokenizer(dict(self._ids))

    def tokens(self, text: str, *, typed: bool) -> list[Token]:
        encoding = self._tokenizer.encode(_encodable(text))
        starts = [start for start, _ in encoding.offsets]
        next_starts = [*starts[1:], len(text)][: len(starts)]
        tokens = []
        for piece, id, (start, end), next_start in zip(
            encoding.tokens, encoding.ids, encoding.offsets, next_starts, strict=True
        ):
            end += len(text[end:next_start].rstrip())  # the accents of a composed character
            tokens.append(Token(self._shown(piece, text[start:end], id), start, end, id))
        return tokens

    def _shown(self, piece: str, typed: str, id: int) -> str:
        """The text of a token; an unknown piece as it was typed, unless this is a piece of another id."""
        shown = typed.replace("\u0130", "i").lower()
        return piece if id != UNKNOWN or shown in self._ids else shown

    def ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(_encodable(text)).ids
        return ids

    def ids_of_texts(self, texts: Sequence[str]) -> list[list[int]]:
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(list(map(_encodable, texts)))]


class _Subwords(Tokenizer):
    name = NAME
    title = "pieces of words"
    unit = "pieces of words"
    about = (
        "Learns frequent pieces of words (byte-pair encoding); suits rich endings and scripts without spaces."
    )
    default_size = 8000
    file_format = 2

    def ranked(self, texts: Iterable[str], size: int) -> list[str]:
        from tokenizers import Tokenizer as Pieces
        from tokenizers import models, trainers

        from imdb_core.data.tokenizers.piece_rule import possible_halves, with_rules

        sample = list(map(_encodable, spread_sample(texts)))
        trained = with_rules(Pieces(models.BPE()))
        trainer = trainers.BpeTrainer(
            vocab_size=size,
            min_frequency=LEAST_USES,
            limit_alphabet=max(1, int(MOST_CHARACTERS * size)),
            max_token_length=LONGEST_PIECE,
            show_progress=False,
        )
        trained.train_from_iterator(sample, trainer)
        uses: Counter[str] = Counter()
        for text in sample:
            uses.update(trained.normalizer.normalize_str(text))
        ids = trained.get_vocab()
        characters = sorted((piece for piece in ids if len(piece) == 1), key=lambda one: (-uses[one], one))
        joined = sorted((piece for piece in ids if len(piece) > 1), key=ids.__getitem__)
        # The trainer can make a piece in two ways, but the order of the pieces tells only the first way. The
        # few pieces that need the second way are left out.
        made_of, _ = possible_halves([*characters, *joined])
        return list(made_of)

    def reader(self, ids: Mapping[str, int]) -> Reader:
        return _Reader(ids)

    def fault(self, words: Sequence[str]) -> str | None:
        from imdb_core.data.tokenizers.piece_rule import UNKNOWN_PIECE, halves

        if len(words) > MOST_PIECES or max(map(len, words), default=0) > LONGEST_PIECE:
            return f"it has more than {MOST_PIECES:,} pieces or pieces of over {LONGEST_PIECE} characters"
        if UNKNOWN_PIECE in words:
            return f"{UNKNOWN_PIECE} cannot be a piece"
        try:
            halves(list(words))
        except ValueError as error:
            return str(error)
        return None

    def parts(self, words: Sequence[str]) -> list[tuple[int, ...]] | None:
        from imdb_core.data.tokenizers.piece_rule import halves

        ranks = {word: rank for rank, word in enumerate(words)}
        return [(ranks[pair[0]], ranks[pair[1]]) if pair else () for pair in halves(list(words))]


def _encodable(text: str) -> str:
    """`text` with U+FFFD for lone surrogates, which Rust's strings cannot hold; the length stays."""
    return LONE_SURROGATE.sub("\ufffd", text)


register(_Subwords())
