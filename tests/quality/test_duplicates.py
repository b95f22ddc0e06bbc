"""Groups of duplicates compared with a slow comparison of all pairs of texts."""

import numpy as np

from imdb_core.quality import duplicates, reading, shingles

WORDS = [f"w{number}" for number in range(300)]


def changed(text, random, *, words):
    """`text` with `words` of its words replaced."""
    parts = text.split(" ")
    for place in random.choice(len(parts), words, replace=False):
        parts[place] = "other"
    return " ".join(parts)


def drawn_texts():
    """50 texts of 80 words; 30 of them again with 0 to 4 words replaced, 10 again in capitals."""
    random = np.random.default_rng(5)
    texts = [" ".join(random.choice(WORDS, 80)) for _ in range(50)]
    texts += [changed(text, random, words=place % 5) for place, text in enumerate(texts[:30])]
    return texts + [text.upper() + " !!!" for text in texts[:10]]


def slow_similarity(first, second):
    sets = [{tuple(words[at : at + 3]) for at in range(len(words) - 2)} for words in (first, second)]
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


def test_pairs_of_a_group_are_those_of_a_slow_comparison():
    texts = drawn_texts()
    words = [reading.words(text) for text in texts]
    pairs = {
        (first, second)
        for first in range(len(texts))
        for second in range(first + 1, len(texts))
        if words[first] == words[second] or slow_similarity(words[first], words[second]) >= 0.9
    }
    result = duplicates.groups(texts)
    grouped = {
        (first, second)
        for group in result.groups
        for first in group.texts
        for second in group.texts
        if first < second
    }
    assert result.complete and len(pairs) > 20 and pairs <= grouped
    extra = grouped - pairs  # a third text joins these two
    assert all(any(first in pair and pair != (first, second) for pair in pairs) for first, second in extra)


def test_exact_duplicates_differ_in_case_spaces_and_signs_only():
    texts = ["Not  good.", "not good", "not good!!", "good", "...", "!!!", "...", "", " "]
    groups = duplicates.groups(texts).groups
    assert [group.texts for group in groups] == [(0, 1, 2), (4, 6), (7, 8)]
    assert {group.similarity for group in groups} == {1.0}


def test_the_similarity_of_a_group_is_the_smallest_that_joins_it():
    text = " ".join(WORDS[:100])
    texts = [text, text.replace("w50 ", "x "), text]
    (group,) = duplicates.groups(texts).groups
    assert group.texts == (0, 1, 2) and group.similarity == 95 / 101


def test_scripts_without_spaces_are_compared_character_by_character():
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 80)))
    assert len(reading.words(text)) == 80
    assert [group.texts for group in duplicates.groups([text, text[:-1] + "\u5fc3", "\u4e00"]).groups] == [
        (0, 1)
    ]


def test_many_texts_from_one_template_give_few_pairs():
    texts = [f"{' '.join(WORDS[:60])} number {number}" for number in range(200)]
    pairs = shingles.candidates(texts, np.arange(200), lambda share: None)
    assert 199 <= len(pairs) < 200 * 2 * shingles.BANDS
    assert len(duplicates.groups(texts).groups[0].texts) == 200


def test_there_may_be_no_texts():
    assert duplicates.groups([]).groups == ()
    assert duplicates.groups(["one"]).groups == ()
