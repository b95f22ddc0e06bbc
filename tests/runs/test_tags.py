"""Tags are set and removed as events; they are bounded and change nothing else of a run."""

import pytest

from imdb_core.errors import RunError
from imdb_core.runs import layout, reading, store, tags


def test_tags_are_set_once_removed_and_kept_in_their_order(run):
    config = (run.folder / layout.CONFIG).read_bytes()
    tags.add(run, ["good", " to  show ", "good", ""])
    run = tags.add(store.read(run.folder), ["good", "again"])
    assert tags.tags(run) == ["good", "to show", "again"]
    run = tags.remove(run, ["to show", "never set"])
    assert tags.tags(run) == ["good", "again"] and run.state == "queued"
    assert (run.folder / layout.CONFIG).read_bytes() == config


def test_a_click_that_changes_nothing_writes_nothing(run):
    run = tags.add(run, ["good"])
    before = (run.folder / layout.EVENTS).read_bytes()
    tags.add(run, ["good"])
    tags.remove(run, ["other"])
    assert (run.folder / layout.EVENTS).read_bytes() == before


@pytest.mark.parametrize("wrong", ["x" * (tags.LONGEST_TAG + 1), "two,tags"])
def test_a_tag_that_is_too_long_or_holds_a_comma_is_refused(run, wrong):
    with pytest.raises(RunError, match=f"1 to {tags.LONGEST_TAG} characters and no comma"):
        tags.add(run, ["good", wrong])
    assert tags.tags(store.read(run.folder)) == []


def test_a_run_has_at_most_so_many_tags(run):
    run = tags.add(run, [str(number) for number in range(tags.MOST_TAGS)])
    with pytest.raises(RunError, match=f"{tags.MOST_TAGS} are allowed"):
        tags.add(run, ["one more"])
    assert len(tags.tags(store.read(run.folder))) == tags.MOST_TAGS


def test_a_text_with_commas_is_several_tags_and_control_characters_are_left_out():
    assert tags.parsed(" good, ,two  words,good,\x1b[31mred\u202e") == ["good", "two words", "[31mred"]


def test_a_damaged_run_has_no_tags_and_gets_none(run):
    tags.add(run, ["good"])
    (run.folder / layout.CONFIG).write_bytes(b"{")
    run = store.read(run.folder)
    assert tags.tags(run) == []
    with pytest.raises(RunError, match="cannot be tagged"):
        tags.add(run, ["more"])


def test_a_tagged_run_that_has_ended_is_not_read_to_start_another(run):
    store.record(run.folder, "finished", test_accuracy=0.8)
    tags.remove(tags.add(store.read(run.folder), ["good"]), ["good"])
    store.rename(store.read(run.folder), "new")
    assert store.read(run.folder).state == "finished" and reading.unsettled() == []
