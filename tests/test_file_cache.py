"""The cache of values that were computed from files: when it computes again, and what threads get."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from imdb_core.file_cache import FileCache, Stamp


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    return path


def reader(cache, *files):
    """A function that asks `cache` for the joined text of `files`, and the list of computed values."""
    computed = []

    def compute():
        computed.append("".join(path.read_text() for path in files))
        return computed[-1]

    return lambda: cache.value("text", files, compute=compute), computed


def set_time(path, time_ns):
    os.utime(path, ns=(time_ns, time_ns))


def test_unchanged_files_are_read_once(file):
    text, computed = reader(FileCache(2), file)
    assert text() == text() == "old" and computed == ["old"]


def test_a_file_that_was_written_to_is_read_again(file):
    text, computed = reader(FileCache(2), file)
    text()
    file.write_text("longer than before")
    assert text() == "longer than before" and len(computed) == 2


def test_a_file_that_was_replaced_by_another_of_the_same_size_and_time_is_read_again(file):
    text, _ = reader(FileCache(2), file)
    text()
    other = file.with_name("other")
    other.write_text("new")
    set_time(other, file.stat().st_mtime_ns)
    os.replace(other, file)
    assert text() == "new"


def test_a_file_of_the_same_size_that_was_overwritten_in_place_is_read_again(file):
    set_time(file, 10**18)
    text, _ = reader(FileCache(2), file)
    text()
    file.write_text("new")
    assert text() == "new"


def test_a_change_of_any_of_several_files_counts(file, tmp_path):
    second = tmp_path / "second"
    second.write_text("er")
    text, _ = reader(FileCache(2), file, second)
    assert text() == "older"
    second.write_text(" age")
    assert text() == "old age"


def test_with_a_missing_file_the_computation_runs_each_time_and_nothing_is_kept(file):
    cache, calls = FileCache(2), []
    cache.value("key", (file,), compute=lambda: "old")
    file.unlink()
    for _ in range(2):
        assert cache.value("key", (file,), compute=lambda: calls.append("call") or "none") == "none"
    assert len(calls) == 2
    file.write_text("back again")
    assert cache.value("key", (file,), compute=file.read_text) == "back again"


def test_the_computations_error_for_a_missing_file_is_raised(file):
    text, _ = reader(FileCache(2), file)
    file.unlink()
    with pytest.raises(FileNotFoundError, match="file"):
        text()


def test_a_new_value_replaces_the_old_one_and_the_least_recently_used_key_leaves_first(file):
    cache = FileCache(2)
    for key in ("first", "second", "first", "third"):
        cache.value(key, (file,), compute=lambda key=key: key)
    file.write_text("changed")
    assert cache.value("first", (file,), compute=lambda: "first anew") == "first anew" and len(cache) == 2
    assert cache.value("third", (file,), compute=lambda: "third anew") == "third anew" and len(cache) == 2
    cache.clear()
    assert len(cache) == 0


def test_a_failure_is_raised_and_not_kept(file):
    cache = FileCache(2)
    for _ in range(2):
        with pytest.raises(ValueError, match="invalid literal"):
            cache.value("key", (file,), compute=lambda: int("old"))
    assert len(cache) == 0 and cache.value("key", (file,), compute=lambda: "value") == "value"


class Slow:
    """A computation that waits for `go_on`, and then returns or raises `outcome`."""

    def __init__(self, outcome):
        self.outcome, self.begun, self.go_on, self.calls = outcome, threading.Event(), threading.Event(), 0

    def __call__(self):
        self.calls += 1
        self.begun.set()
        assert self.go_on.wait(60)
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return self.outcome


def in_two_threads(cache, file, slow, then):
    """The futures of two threads that ask for one key; the second asks while the first computes `slow`."""
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.value, "key", (file,), compute=slow)
        assert slow.begun.wait(60)
        second = pool.submit(cache.value, "key", (file,), compute=then)
        slow.go_on.set()
    return first, second


def test_two_threads_that_ask_at_once_share_one_computation(file):
    slow = Slow(object())
    first, second = in_two_threads(FileCache(2), file, slow, then=slow)
    assert first.result() is second.result() and slow.calls == 1


def test_a_slow_computation_does_not_delay_other_keys(file):
    cache, slow = FileCache(2), Slow("slow")
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(cache.value, "slow", (file,), compute=slow)
        assert slow.begun.wait(60)
        assert cache.value("quick", (file,), compute=lambda: "quick") == "quick"
        slow.go_on.set()
    assert future.result() == "slow"


class PageClosed(BaseException):
    """As Streamlit ends the script of a visitor who has left."""


def test_a_thread_that_is_ended_does_not_end_the_thread_that_waits_for_its_value(file):
    first, second = in_two_threads(FileCache(2), file, Slow(PageClosed()), then=lambda: "value")
    assert isinstance(first.exception(), PageClosed) and second.result() == "value"


def test_a_stamp_is_equal_only_for_the_same_state_of_the_same_files(file):
    before = Stamp.of(file)
    assert Stamp.of(file) == before != Stamp.of(file, file)
    file.write_text("changed")
    assert Stamp.of(file) != before
