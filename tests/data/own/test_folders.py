"""Texts sorted into folders or files: classes, parts and ratings follow from the paths."""

import io
import tarfile

import pytest

from imdb_core.data.own import bounded, proposal
from imdb_core.data.own.choices import Choices
from imdb_core.errors import DataError


@pytest.fixture
def folder(tmp_path):
    """folder({path: text}): a folder with these files."""

    def write(files):
        place = tmp_path / "texts"
        for name, text in files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(text, "utf-8")
        return place

    return write


def stanford():
    """As Stanford's archive: parts, classes, ratings in the names, texts without labels, and other files."""
    files = {
        "aclImdb/README": "about",
        "aclImdb/imdb.vocab": "the\n",
        "aclImdb/train/urls_pos.txt": "http://x\n",
    }
    for part in ("train", "test"):
        for number in range(4):
            files[f"aclImdb/{part}/neg/{number}_{1 + number}.txt"] = f"bad {part} {number}"
            files[f"aclImdb/{part}/pos/{number}_{7 + number}.txt"] = f"good {part} {number}"
    return files | {f"aclImdb/train/unsup/{number}_0.txt": f"unknown {number}" for number in range(3)}


def counts(understood):
    return {entry.name: (entry.training, entry.test) for entry in understood.classes}


def test_stanfords_folders_keep_their_parts_and_offer_their_ratings(folder, in_process):
    place = folder(stanford())
    understood = proposal.propose(place)
    assert counts(understood) == {"neg": (4, 4), "pos": (4, 4)} and understood.test == "given"
    assert understood.unlabelled == 3 and understood.problem == "" and understood.warnings[1:] == ()
    assert [column.name for column in understood.columns] == ["class", "rating", "stars", "text"]
    stars = proposal.propose(place, Choices(label="stars", drop_duplicates=False))
    assert counts(stars) == {"1": (2, 2), "2": (2, 2), "4": (2, 2), "5": (2, 2)}
    assert list(counts(proposal.propose(place, Choices(label="rating")))) == [*"123478", "9", "10"]


def test_an_archive_is_read_like_the_folder(folder, in_process, tmp_path):
    with tarfile.open(tmp_path / "texts.tar.gz", "w:gz") as archive:
        for name, text in stanford().items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    from_archive, from_folder = (
        proposal.propose(place) for place in (tmp_path / "texts.tar.gz", folder(stanford()))
    )
    assert counts(from_archive) == counts(from_folder) and from_archive.unlabelled == 3


def test_a_file_for_each_class_has_one_text_a_line(folder, in_process):
    lines = {name: "\n".join(f"{name} {number}" for number in range(5)) for name in ("spam", "ham")}
    understood = proposal.propose(folder({f"{name}.txt": text for name, text in lines.items()}))
    assert counts(understood) == {"ham": (4, 1), "spam": (4, 1)}


def test_the_ending_is_the_class_if_all_files_share_their_name(folder, in_process):
    lines = {name: "\n".join(f"{name} {number}" for number in range(5)) for name in ("spam", "ham")}
    understood = proposal.propose(folder({f"rt-polarity.{name}": text for name, text in lines.items()}))
    assert counts(understood) == {"ham": (4, 1), "spam": (4, 1)}


def test_a_table_in_a_folder_is_the_table_and_train_and_test_are_parts(folder, in_process):
    rows = "text,label\n" + "\n".join(f"a text {number},{'ab'[number % 2]}" for number in range(8))
    understood = proposal.propose(folder({"train.csv": rows, "test.csv": rows, "README.md": "about"}))
    assert counts(understood) == {"a": (4, 4), "b": (4, 4)} and understood.test == "given"


def test_what_holds_no_texts_is_refused(folder, in_process, tmp_path):
    place = folder({"a/1.txt": "x", "a/2.txt": "y", "b/1.txt": "z"})
    (place / "a" / "link.txt").symlink_to("/etc/passwd")
    with pytest.raises(DataError, match=r"link\.txt is a link, a pipe or a device"):
        proposal.propose(place)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds neither a table nor text files"):
        proposal.propose(tmp_path / "empty")
    (place / "a" / "link.txt").unlink()
    (place / "a" / "1.txt").write_bytes("très bien, tout à fait".encode("cp1252"))
    with pytest.raises(DataError, match=r"a/1\.txt is not text in the encoding utf-8. It looks like cp1252"):
        proposal.propose(place)


def test_a_reader_that_takes_too_long_is_ended(tmp_path):
    (tmp_path / "scratch").mkdir()
    request = {"path": str(tmp_path), "choices": {}, "scratch": str(tmp_path / "scratch")}
    with pytest.raises(DataError, match="took longer than"):
        bounded.answer(request, None, seconds=0.02)
