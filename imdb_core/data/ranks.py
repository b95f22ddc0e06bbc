"""Checks whether the numbers in an imdb.npz are ranks by frequency. Called by keras_files.

The most frequent word has rank 1. keras.datasets.imdb.load_data() puts a start token before each review and
adds 3 to each rank. If its result is saved as an imdb.npz, that file looks like the published file, but each
number belongs to the wrong word. Each check counts the numbers in the reviews. A small or made-up file has
too few reviews to prove anything, so it passes.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from imdb_core.data.reviews import FIRST_WORD, START, UNKNOWN, Reviews

Ranks = NDArray[np.integer[Any]]  # of all reviews in a row, training before test
Counts = NDArray[np.int64]  # how often each number stands in the reviews

SHIFT = 3  # what load_data() adds by default, so that no word has the ids 1 to 3
# An id counts as a start token if all reviews begin with it, and if this many of them are different:
# FEW_STARTS if the id and the shift are load_data()'s defaults, else MANY_STARTS.
FEW_STARTS, MANY_STARTS = 5, 20
OFTEN = 100  # a word with at least this many uses is called frequent
SURE = 5  # a deviation of more standard errors than this is not chance
TOP = 100  # the number of most frequent words that are compared
LARGE = 1000  # an index with fewer words than this is too small to judge its order
MARGIN = 1000  # this many ids above the number of words are counted too, because ranks may be shifted
BLOCK = 2**20  # numbers counted at once
PRAISE = ("excellent", "wonderful", "superb", "perfect", "brilliant")
BLAME = ("worst", "awful", "waste", "terrible", "horrible")

PUBLISHED = (
    "Use the imdb.npz that Keras downloads to ~/.keras/datasets, or unset IMDB_DATA_DIR to download "
    "it: it holds plain ranks, without a start token"
)


def fault(ranks: Ranks, lengths: Counts, word_count: int) -> str | None:
    """Why `ranks` are not ranks by frequency, and how to mend the file; None if they may be.

    `ranks` (int) holds all reviews in a row, training before test. `lengths` holds the number of words of
    each review. outside() checks for numbers outside 1 to `word_count`; this function ignores them.
    """
    counts = _counts(ranks, max(word_count, SHIFT) + MARGIN)
    start, different = _beginnings(ranks, lengths)
    if start is not None:
        counts[start] -= np.count_nonzero(lengths)
    shift = _missing_head(counts)
    as_by_default = start == START and shift == SHIFT
    if start is not None and different >= (FEW_STARTS if as_by_default else MANY_STARTS):
        return _started(start, shift, lost=counts[UNKNOWN] > 0 and shift > 1)
    if shift and different >= MANY_STARTS and word_count >= TOP and _is_most_frequent(shift + 1, counts):
        return _shifted(shift, counts)
    if _has_unknown(counts, word_count):
        return _unknown_as_2(counts)
    return _not_by_frequency(ranks, word_count) if word_count >= LARGE else None


def outside(ranks: Ranks, word_count: int) -> str | None:
    """Why some of `ranks` cannot be ranks of `word_count` words, and how to mend that; None if all can."""
    if not len(ranks) or (ranks.min() >= 1 and ranks.max() <= word_count):
        return None
    if ranks.min() < 1:
        return (
            f"it holds {ranks.min()}, but ranks begin with 1, and 0 only pads. If the reviews were padded "
            f"(pad_sequences), save them before padding, each as a list of ranks. {PUBLISHED}"
        )
    shifted = "If the reviews came out of load_data(), their ranks were shifted"
    return f"it holds {ranks.max()}. {shifted}. {PUBLISHED}"


def index_fault(words: tuple[str, ...]) -> str | None:
    """Why `words` are not in the order of their frequency; None if they may be.

    Frequent words are short in every language (Zipf 1949, Human Behavior and the Principle of Least Effort).
    """
    if len(words) < LARGE:
        return None
    sizes = np.array([len(word) for word in words])
    error = sizes.std() / np.sqrt(TOP)
    if not error or sizes[:TOP].mean() < sizes.mean() - SURE * error:
        return None
    return (
        f"its first {TOP} words ({', '.join(words[:3])} …) have {sizes[:TOP].mean():.1f} letters on average, "
        f"all its words {sizes.mean():.1f}, but frequent words are short: its ranks belong to other words"
    )


def label_fault(reviews: Reviews, words: tuple[str, ...]) -> str | None:
    """Why label 1 seems to mean negative in `reviews`, and how to mend the file; None if it seems right."""
    ranks = {word: rank for rank, word in enumerate(words, 1)}
    is_positive, uses = np.repeat(reviews.labels == 1, reviews.lengths), []
    for group in (PRAISE, BLAME):
        belongs = np.zeros(len(words) + FIRST_WORD + 1, bool)
        belongs[[ranks[word] + FIRST_WORD for word in group if word in ranks]] = True
        in_group = belongs[reviews.ids]
        uses.append((int(np.sum(in_group & is_positive)), int(np.sum(in_group & ~is_positive))))
    (praise, praise_wrong), (blame_wrong, blame) = uses
    is_rare = min(praise + praise_wrong, blame + blame_wrong) < OFTEN
    if is_rare or praise_wrong < 2 * praise or blame_wrong < 2 * blame:
        return None
    return (
        f"words like “{PRAISE[0]}” stand {praise:,} times in reviews with label 1 and {praise_wrong:,} times "
        f"in reviews with label 0, words like “{BLAME[0]}” {blame_wrong:,} and {blame:,} times. 1 is "
        "positive and 0 negative: save 1 - y_train and 1 - y_test."
    )


def _beginnings(ranks: Ranks, lengths: Counts) -> tuple[int | None, int]:
    """(the id with which all reviews begin, or None; the number of different reviews).

    Empty reviews do not count. Reviews differ if their length or their first, second or last id differs.
    """
    first, lengths = (np.cumsum(lengths) - lengths)[lengths > 0], lengths[lengths > 0]
    if not len(first):
        return None, 0
    second_ids = np.where(lengths > 1, ranks[first + (lengths > 1)], -1)
    looks = np.stack([lengths, ranks[first], second_ids, ranks[first + lengths - 1]])
    start = int(ranks[first[0]])
    return (start if np.all(ranks[first] == start) else None), np.unique(looks, axis=1).shape[1]


def _is_most_frequent(id: int, counts: Counts) -> bool:
    """Whether `id` is used at least half as often as the most frequent word.

    Id 2 does not count as a word, because it may stand for all unknown words.
    """
    most = max(int(counts[:UNKNOWN].max()), int(counts[UNKNOWN + 1 :].max()))
    return bool(most >= OFTEN and counts[id] >= most / 2)


def _missing_head(counts: Counts) -> int:
    """How many of the lowest ranks no review uses: 0 in a correct file. Id 2 may stand for unknown words."""
    used = np.flatnonzero(counts[1:]) + 1
    if UNKNOWN in used and counts[1] == 0 and counts[UNKNOWN + 1] == 0:
        used = used[used != UNKNOWN]
    return int(used[0]) - 1 if len(used) else 0


def _has_unknown(counts: Counts, word_count: int) -> bool:
    """Whether id 2 stands for words that were left out.

    Then id 2 is too frequent to be the second word, and all words above some rank are missing.
    """
    largest = int(np.flatnonzero(counts).max(initial=0))
    can_tell = word_count >= LARGE and TOP < largest <= word_count - TOP
    ends_suddenly = can_tell and counts[largest - TOP : largest + 1].sum() >= TOP // 2
    # In English the second word is used half as often as the first, and about as often as the third.
    expected = max(counts[3], counts[1] / 2)
    limit = max(1.25 * expected, expected + SURE * np.sqrt(expected))
    return bool(ends_suddenly and counts[UNKNOWN] > limit)


def _not_by_frequency(ranks: Ranks, word_count: int) -> str | None:
    """A sentence if the lowest ranks are much rarer than the most frequent numbers, else None.

    The most frequent numbers are chosen in one half of the words and counted in the other half. A number that
    is frequent by chance in the first half is not frequent in the second.
    """
    first, second = (_counts(half, word_count) for half in np.array_split(ranks, 2))
    top = np.argsort(-first, kind="stable")[:TOP]
    head, most, words = int(second[1 : TOP + 1].sum()), int(second[top].sum()), max(1, int(second.sum()))
    if most < LARGE or 4 * head >= most:
        return None
    return (
        f"the ranks 1 to {TOP} make up {head / words:.1%} of all words, the {TOP} most frequent numbers "
        f"{most / words:.1%} (the first of them is {top[0]}): these numbers are not ranks by frequency. "
        f"{PUBLISHED}."
    )


def _counts(ranks: Ranks, largest: int) -> Counts:
    """How often each number from 0 to `largest` stands in `ranks`.

    Counts in blocks, because np.bincount copies its argument.
    """
    counts = np.zeros(largest + 1, np.int64)
    for block in np.array_split(ranks, len(ranks) // BLOCK + 1):
        counts += np.bincount(block[(block >= 0) & (block <= largest)], minlength=largest + 1)
    return counts


def _started(start: int, shift: int, *, lost: bool) -> str:
    """The sentence for reviews that begin with a start token; `lost`: some ranks cannot be restored."""
    unused = f", and no review uses the ranks 1 to {shift} again, which are the most frequent words"
    steps = ["put a start token before each review"]
    if lost:
        steps.append(f"put {UNKNOWN} in place of some words, whose ranks are lost,")
    if shift:
        steps.append(f"added {shift} to each rank")
    back = f" and subtract {shift} from the others" if shift else ""
    mend = "" if lost else f"; or take back what load_data() did: leave out the first id of each review{back}"
    sign = f"each review begins with {start}{unused if shift else ''}"
    return f"{sign}: load_data() has {' and '.join(steps)}. {PUBLISHED}{mend}."


def _unknown_as_2(counts: Counts) -> str:
    return (
        f"id {UNKNOWN} stands {counts[UNKNOWN]:,} times, rank 1, the most frequent word, {counts[1]:,} "
        f"times, and no number is above {counts.nonzero()[0].max():,}: load_data(num_words=…) has put "
        f"{UNKNOWN} in place of each rarer word, so these words are lost. {PUBLISHED}."
    )


def _shifted(shift: int, counts: Counts) -> str:
    lost = shift > 1 and counts[UNKNOWN] > 0
    most = int(np.argmax(np.where(np.arange(len(counts)) == UNKNOWN, 0, counts)))
    several = f"the ranks 1 to {shift}, the most frequent words"
    mend = "" if lost else f"; or subtract {shift} from each number"
    return (
        f"no review uses {'rank 1, the most frequent word' if shift == 1 else several}, but {most} stands "
        f"{counts[most]:,} times: load_data() has added {shift} to each rank. {PUBLISHED}{mend}."
    )
