"""Rank tokens and choose texts in bounded memory, also of a million texts. Called by the tokenizers."""

from collections import Counter
from collections.abc import Iterable

MOST_COUNTED = 1_000_000  # distinct tokens in memory, about 120 MB
LONGEST_WORD = 100  # characters; a longer token is no word of any language
SAMPLED_CHARACTERS = 15_000_000  # 30 MB in memory for Korean


def most_frequent(token_lists: Iterable[list[str]], size: int) -> list[str]:
    """At most `size` tokens of up to LONGEST_WORD characters, the most frequent first.

    Equally frequent tokens keep the order of their first appearance, so every process gives the same
    ranks. Above MOST_COUNTED distinct tokens the rarest are forgotten (lossy counting). Then a count can be
    too small.
    """
    counts: Counter[str] = Counter()
    for tokens in token_lists:
        counts.update(tokens)
        if len(counts) > MOST_COUNTED:
            _forget_rarest(counts, MOST_COUNTED // 2)
    ranked = (word for word, _ in counts.most_common() if len(word) <= LONGEST_WORD)
    return [word for word, _ in zip(ranked, range(size), strict=False)]


def spread_sample(texts: Iterable[str], most_characters: int = SAMPLED_CHARACTERS) -> list[str]:
    """All texts, or every 2nd, 4th, 8th and so on, so that they have at most `most_characters` together."""
    sample: list[str] = []
    stride, characters = 1, 0
    for number, text in enumerate(texts):
        if number % stride:
            continue
        sample.append(text[:most_characters])
        characters += len(sample[-1])
        while characters > most_characters and len(sample) > 1:
            del sample[1::2]
            stride *= 2
            characters = sum(map(len, sample))
    return sample


def _forget_rarest(counts: Counter[str], most: int) -> None:
    """Remove the tokens that were counted once, then twice and so on, until at most `most` are left."""
    limit = 1
    while len(counts) > most:
        for word in [word for word, count in counts.items() if count <= limit]:
            del counts[word]
        limit += 1
