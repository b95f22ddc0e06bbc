"""Whether the numbers of an imdb.npz are ranks: 1 for the most frequent word, nothing added. Called by
keras_files.

keras.datasets.imdb.load_data() adds a start token and shifts all ranks. Saved again, its result looks like
the published file, and every word is another one. Each check rests on counts of the reviews themselves, so
that a small or made-up file passes.
"""

import numpy as np

from imdb_core.data.reviews import FIRST_WORD, START, UNKNOWN, Reviews

SHIFT = 3  # what load_data() adds by default, so that the ids 1 to 3 are no words
FEW_STARTS, MANY_STARTS = (
    5,
    20,
)  # different reviews: what they have in common is a hint from the first on, a proof from the second
OFTEN = 100  # uses of a word from which on it counts that a more frequent one is never used
SURE = 5  # standard errors: what chance does not bring about
# Most frequent words that are looked at; words from which on an index has an order to look at.
TOP, LARGE = 100, 1000
MARGIN = 1000  # ids above the number of words that are still counted: shifted ones
BLOCK = 2**20  # numbers counted at once
PRAISE = ("excellent", "wonderful", "superb", "perfect", "brilliant")
BLAME = ("worst", "awful", "waste", "terrible", "horrible")

PUBLISHED = (
    "Use the imdb.npz that Keras downloads to ~/.keras/datasets, or unset IMDB_DATA_DIR to have it "
    "downloaded: it holds plain "
    "ranks, without a start token"
)


def fault(ranks: np.ndarray, lengths: np.ndarray, word_count: int) -> str | None:
    """Why `ranks` (int, all reviews in a row; `lengths` per review, training before test) are none, and how
    to mend that.

    None if nothing speaks against them. Numbers outside 1 to `word_count` are another matter (`outside`).
    """
    counts = _counts(ranks, max(word_count, SHIFT) + MARGIN)
    start, different = _beginnings(ranks, lengths)
    if start is not None:
        counts[start] -= np.count_nonzero(lengths)
    shift = _missing_head(counts)
    if start is not None and (different >= MANY_STARTS or (start == START and shift == SHIFT and different >= FEW_STARTS)):
        return _started(start, shift, lost=counts[UNKNOWN] > 0 and shift > 1)
    if shift and different >= MANY_STARTS and word_count >= TOP and _is_most_frequent(shift + 1, counts):
        return _shifted(shift, counts)
    if _has_unknown(counts, word_count):
        return _unknown_as_2(counts)
    return _not_by_frequency(ranks, word_count) if word_count >= LARGE else None


def outside(ranks: np.ndarray, word_count: int) -> str | None:
    """Why some of `ranks` cannot be ranks of `word_count` words, and how to mend that; None if all can."""
    if not len(ranks) or (ranks.min() >= 1 and ranks.max() <= word_count):
        return None
    if ranks.min() < 1:
        return (
            f"it holds {ranks.min()}, and 0 only pads. If the reviews were padded (pad_sequences), save them "
            "before that, as one "
            f"list of ranks each. {PUBLISHED}"
        )
    return f"it holds {ranks.max()}. If the reviews came out of load_data(), their ranks were shifted. {PUBLISHED}"


def index_fault(words: tuple[str, ...]) -> str | None:
    """Why `words`, said to be in the order of their frequency, are not; None if nothing speaks against them.

    In every language the frequent words are short (Zipf 1949, Human Behavior and the Principle of Least
    Effort).
    """
    if len(words) < LARGE:
        return None
    sizes = np.array([len(word) for word in words])
    error = sizes.std() / np.sqrt(TOP)
    if not error or sizes[:TOP].mean() < sizes.mean() - SURE * error:
        return None
    return (
        f"its first {TOP} words ({', '.join(words[:3])} …) have {sizes[:TOP].mean():.1f} letters on average, "
        "all its words "
        f"{sizes.mean():.1f}, but frequent words are short: its ranks belong to other words"
    )


def label_fault(reviews: Reviews, words: tuple[str, ...]) -> str | None:
    """Why the labels of `reviews` (1 = positive) seem to be turned round, and how to mend that; None if
    nothing says so.
    """
    uses, ranks = [], {word: rank for rank, word in enumerate(words, 1)}
    ids, positive = reviews.ids, np.repeat(reviews.labels == 1, reviews.lengths)
    for group in (PRAISE, BLAME):
        belongs = np.zeros(len(words) + FIRST_WORD + 1, bool)
        belongs[[ranks[word] + FIRST_WORD for word in group if word in ranks]] = True
        in_group = belongs[ids]
        uses.append((int(np.sum(in_group & positive)), int(np.sum(in_group & ~positive))))
    (praise, praise_wrong), (blame_wrong, blame) = uses
    if min(praise + praise_wrong, blame + blame_wrong) < OFTEN or praise_wrong < 2 * praise or blame_wrong < 2 * blame:
        return None
    return (
        f"words as “{PRAISE[0]}” stand {praise:,} times in reviews with label 1 and {praise_wrong:,} times "
        "in those with "
        f"label 0, words as “{BLAME[0]}” {blame_wrong:,} and {blame:,} times. 1 is positive and 0 negative: "
        "save 1 - y_train "
        "and 1 - y_test."
    )


def _beginnings(ranks, lengths):
    """(the id that each review begins with, else None; how many different reviews there are).

    Empty reviews do not count.
    """
    first, held = (np.cumsum(lengths) - lengths)[lengths > 0], lengths[lengths > 0]
    if not len(first):
        return None, 0
    second = np.where(held > 1, ranks[first + (held > 1)], -1)
    different = np.unique(np.stack([held, ranks[first], second, ranks[first + held - 1]]), axis=1).shape[1]
    start = int(ranks[first[0]])
    return (start if np.all(ranks[first] == start) else None), different


def _is_most_frequent(id, counts):
    """Whether `id` is used so often as the most frequent word is, or nearly; id 2 may stand for unknown
    words.
    """
    most = max(int(counts[:UNKNOWN].max()), int(counts[UNKNOWN + 1 :].max()))
    return most >= OFTEN and counts[id] >= most / 2


def _missing_head(counts):
    """How many of the first ranks no review uses: 0 in a file of ranks. Id 2 may stand for unknown words."""
    used = np.flatnonzero(counts[1:]) + 1
    if UNKNOWN in used and counts[1] == 0 and counts[UNKNOWN + 1] == 0:
        used = used[used != UNKNOWN]
    return int(used[0]) - 1 if len(used) else 0


def _has_unknown(counts, word_count):
    """Whether id 2 stands for words that were left out: it is too frequent, and the rarer words are missing
    all at once.
    """
    largest = int(np.flatnonzero(counts).max(initial=0))
    ends = word_count >= LARGE and TOP < largest <= word_count - TOP and counts[largest - TOP : largest + 1].sum() >= TOP // 2
    # In English the second word has half of the first one's uses, the third as many.
    usual = max(counts[3], counts[1] / 2)
    return ends and counts[UNKNOWN] > max(1.25 * usual, usual + SURE * np.sqrt(usual))


def _not_by_frequency(ranks, word_count):
    """A sentence when the first ranks are much rarer than the most used numbers, chosen on one half, counted
    on the other.
    """
    first, second = (_counts(half, word_count) for half in np.array_split(ranks, 2))
    top = np.argsort(-first, kind="stable")[:TOP]
    head, most, words = int(second[1 : TOP + 1].sum()), int(second[top].sum()), max(1, int(second.sum()))
    if most < LARGE or 4 * head >= most:
        return None
    return (
        f"the ranks 1 to {TOP} make up {head / words:.1%} of all words, the {TOP} most frequent numbers "
        f"{most / words:.1%} (the "
        f"first of them is {top[0]}): these numbers are not ranks by frequency. {PUBLISHED}."
    )


def _counts(ranks, largest):
    """How often each number from 0 to `largest` stands in `ranks`; in blocks, because np.bincount copies
    what it counts.
    """
    counts = np.zeros(largest + 1, np.int64)
    for block in np.array_split(ranks, len(ranks) // BLOCK + 1):
        counts += np.bincount(block[(block >= 0) & (block <= largest)], minlength=largest + 1)
    return counts


def _started(start, shift, *, lost):
    back = f" and subtract {shift} from the others" if shift else ""
    mend = f"; or take back what load_data() did: leave out the first id of each review{back}."
    words = f" and {UNKNOWN} for words whose rank is lost" if lost else ""
    what = f", and no review uses the ranks 1 to {shift} again, which are the most frequent words" if shift else ""
    return (
        f"each review begins with {start}{what}: load_data() has put a start token before each review{words}"
        f"{f' and added {shift} to each rank' if shift else ''}. {PUBLISHED}{'.' if lost else mend}"
    )


def _unknown_as_2(counts):
    return (
        f"id {UNKNOWN} stands {counts[UNKNOWN]:,} times, rank 1, the most frequent word, {counts[1]:,} "
        "times, and no number "
        f"is above {counts.nonzero()[0].max():,}: load_data(num_words=…) has put {UNKNOWN} for each rarer "
        "word, and which "
        f"words these were is lost. {PUBLISHED}."
    )


def _shifted(shift, counts):
    lost = shift > 1 and counts[UNKNOWN] > 0
    most = int(np.argmax(np.where(np.arange(len(counts)) == UNKNOWN, 0, counts)))
    mend = "." if lost else f"; or subtract {shift} from each number."
    return (
        f"no review uses {'rank 1' if shift == 1 else f'the ranks 1 to {shift}'}, the most frequent words, "
        f"but {most} stands "
        f"{counts[most]:,} times: load_data() has added {shift} to each rank. {PUBLISHED}{mend}"
    )
