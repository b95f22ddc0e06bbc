"""A small data set of the user's own, stored in a cache folder of the test's own."""

import pytest

from imdb_core.data.own import proposal, reader
from imdb_core.data.own.choices import Choices

GOOD, BAD = "a fine meal number {} that we liked", "a cold dinner number {} that we disliked"


@pytest.fixture
def name(tmp_path, monkeypatch):
    """The name of a data set of 60 training texts with the classes bad and good, and 4 test texts.

    Training text 7 is a fine meal with the label bad. Texts 58 and 59 are the same, with different labels.
    Text 57 is text 0 in capitals, and the first test text is text 1.
    """
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path / "cache"))

    def answer(request, progress):  # starting another process takes 0.3 s
        return reader.answer(request, progress or (lambda done, total: None))

    monkeypatch.setattr(proposal.bounded, "answer", answer)
    train = [((GOOD if at % 2 else BAD).format(at), "good" if at % 2 else "bad") for at in range(57)]
    train[7] = (train[7][0], "bad")
    train += [(train[0][0].upper(), "bad"), ("neither nor", "good"), ("neither nor", "bad")]
    test = [train[1], ("quite new", "good"), ("something other", "bad"), ("unheard of", "bad")]
    for file, rows in (("train.csv", train), ("test.csv", test)):
        lines = ["text,label", *(",".join(row) for row in rows)]
        (tmp_path / file).write_text("\n".join(lines), "utf-8")
    choices = Choices(name="Meals", test_path=str(tmp_path / "test.csv"), drop_duplicates=False)
    return proposal.add(tmp_path / "train.csv", choices)
