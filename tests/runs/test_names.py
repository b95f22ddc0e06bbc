"""What runs are called: what differs from the preset, and never two runs of a list the same."""

import itertools
import os
import shutil
import unicodedata
from datetime import UTC, timedelta, timezone
from pathlib import Path

import pytest

from imdb_core import architectures, paths
from imdb_core import config as configs
from imdb_core.data import sources
from imdb_core.errors import ConfigError
from imdb_core.runs import layout, store
from imdb_core.runs.names import MOST_SETTINGS, display_names, setting
from imdb_core.runs.run import Run
from imdb_core.scoring import models
from tests.faults.support import sample_runs

ODD_NAMES = (
    "**bold** [link](https://example.org)",
    "<b>x</b><script>alert(1)</script>",
    "$x$ :red[y] # z",
    "תיוג של ביקורות",
    "\u202eevil\u2066",
    "a\u200bb",
    "ab",
    "ａｂ",
    "  two   spaces ",
    "two spaces",
    "LSTM",
    "LSTM, seed 8",
    "x" * 80,
    "电影 é 😀",
)


def made(network="lstm", *, id=None, name="", **changes):
    """A run as a list holds it, without files."""
    config = configs.preset(network).changed(name=name, **changes)
    run = Run(Path(id or store.new_id()), config)
    run.__dict__["events"] = []  # what the cached property would read
    return run


def names(*runs, zone=UTC):
    return list(display_names({run.id: run for run in runs}, zone).values())


def test_an_unnamed_run_is_called_by_its_network_and_by_what_differs_from_the_preset():
    assert made().name == "LSTM"
    assert made("lstm_dropout", dropout=0.4, seed=8).name == "LSTM + dropout, dropout 0.4, seed 8"
    assert made(optimizer="adamw", units=50).name == "LSTM, memory units 50, optimizer AdamW"
    assert made(name="mine", seed=8).name == "mine"


@pytest.mark.parametrize("network", architectures.names())
def test_a_preset_is_called_by_its_title_and_the_tuned_preset_says_so(network):
    title = architectures.get(network).title
    assert made(network).name == title
    if architectures.get(network).tuned:
        assert made(network, **architectures.get(network).tuned, seed=9).name == f"{title}, tuned, seed 9"


def test_of_many_changed_settings_the_first_are_named_and_the_seed_always():
    changes = {
        "units": 50,
        "epochs": 9,
        "batch_size": 16,
        "patience": 3,
        "optimizer": "sgd",
        "embedding_size": 8,
    }
    name = made(seed=8, **changes).name
    assert name == "LSTM, embedding size 8, memory units 50, epochs 9, 3 more settings, seed 8"
    assert len(changes) == MOST_SETTINGS + 2


def test_runs_that_differ_in_the_seed_only_all_show_their_seed():
    assert names(made(), made(seed=8), made(units=50)) == [
        "LSTM, seed 7",
        "LSTM, seed 8",
        "LSTM, memory units 50",
    ]


def test_equal_configs_are_told_apart_by_data_set_then_by_time():
    runs = [
        made(id="20260131-120000000-aaaaaaaa"),
        made(id="20260131-130000000-aaaaaaaa"),
        made(id="20260131-140000000-aaaaaaaa", dataset="demo"),
    ]
    demo, imdb = sources.title("demo"), sources.title("imdb")
    assert names(*runs) == [
        f"LSTM · {imdb} · 31 Jan 2026, 12:00",
        f"LSTM · {imdb} · 31 Jan 2026, 13:00",
        f"LSTM · {demo}",
    ]


def test_times_are_those_of_the_visitor_with_seconds_where_minutes_do_not_suffice():
    runs = [made(id="20260131-235901000-aaaaaaaa"), made(id="20260131-235902000-aaaaaaaa")]
    zone = timezone(timedelta(hours=5, minutes=30))
    assert names(*runs, zone=zone) == ["LSTM · 1 Feb 2026, 05:29:01", "LSTM · 1 Feb 2026, 05:29:02"]


def test_runs_of_the_same_second_show_the_end_of_their_id():
    runs = [made(id="20260131-235901000-aaaaaaaa"), made(id="20260131-235901000-bbbbbbbb")]
    assert [name[-7:] for name in names(*runs)] == [" · aaaa", " · bbbb"]


def test_two_runs_that_the_user_gave_one_name_show_behind_it_what_differs():
    assert names(made(name="mine", units=50), made(name="mine", units=60, seed=9)) == [
        "mine · memory units 50",
        "mine · memory units 60",
    ]
    assert names(made(name="mine"), made("gru_attention", name="mine")) == [
        "mine · LSTM",
        "mine · GRU + attention",
    ]
    assert names(made(name="mine"), made(name="mine", seed=8)) == ["mine · seed 7", "mine · seed 8"]


def test_a_pretrained_network_says_so():
    run = made()
    shown = display_names({"pretrained/lstm": run, run.id: run})
    assert shown == {"pretrained/lstm": "LSTM · pretrained", run.id: "LSTM"}


@pytest.mark.parametrize("network", architectures.names())
def test_every_hyperparameter_of_every_network_tells_two_runs_apart(network):
    preset = configs.preset(network)
    for name in configs.hyperparameters(network):
        other = _other_value(preset, name)
        if other is None:
            continue
        for run_name in ("", "mine"):
            first, second = names(made(network, name=run_name), made(network, name=run_name, **{name: other}))
            assert setting(name, other) in second and first != second


def _other_value(preset, name):
    """Another value that the field allows, or None."""
    value, facts = getattr(preset, name), configs.facts(name)
    candidates = [choice for choice in configs.choices(name) if choice != value]
    if facts.low is not None:
        candidates += [value - facts.step, value + facts.step, facts.low]
    for candidate in candidates:
        try:
            preset.changed(**{name: candidate})
        except ConfigError:
            continue
        return candidate
    return "cpu" if name == "device" else None


def test_hundreds_of_odd_runs_all_look_different(place_of_runs):
    runs = {run.id: run for run in place_of_runs}
    shown = display_names(runs, UTC)
    assert len(shown) == len(runs) > 300
    looks = {" ".join(_visible(name).split()) for name in shown.values()}
    assert len(looks) == len(runs)
    assert all(name == name.strip() and "\n" not in name and "\u202e" not in name for name in shown.values())


def _visible(name):
    return "".join(x for x in unicodedata.normalize("NFKC", name) if unicodedata.category(x) != "Cf")


@pytest.fixture
def place_of_runs():
    """Named and unnamed runs, several of each kind, of two and of three classes, and damaged folders."""
    kinds = itertools.product(architectures.names(), ({}, {"seed": 8}, {"epochs": 9}), ("imdb", "demo"))
    runs = [
        made(network, dataset=dataset, **changes) for network, changes, dataset in kinds for _ in range(3)
    ]
    runs += [made(name=name) for name in ODD_NAMES for _ in range(4)]
    runs += [made(name="classes", classes=("a", "b", "c")) for _ in range(3)]
    runs += [made(name=name, dataset=f"own-{number}") for name in ("", "gone") for number in range(9)]
    for number in range(20):
        runs.append(Run(Path(f"20261399-99{number:02}99000-abcdefgh"), None, "config.json is missing."))
    runs.append(Run(Path("\x1b[31mno id"), None, "The folder's name is no run's id."))
    return runs


def test_networks_of_the_same_name_have_different_titles_where_a_text_is_scored():
    for id in ("20260131-120000000-aaaaaaaa", "20260131-130000000-aaaaaaaa"):
        shutil.copytree(paths.PRETRAINED / "lstm", paths.runs_folder() / id, copy_function=os.link)
    titles = [
        model.title for model in models.available() if model.key.startswith(("2026", "pretrained/lstm"))
    ]
    assert len(set(titles)) == len(titles) and all("pretrained · pretrained" not in title for title in titles)
    assert sum(title.startswith("LSTM · 31 Jan 2026") for title in titles) == 2


def test_a_damaged_folder_keeps_its_id_as_its_name(damaged_run):
    assert damaged_run.state == "damaged"
    assert names(damaged_run) == [damaged_run.id]


@pytest.fixture
def damaged_run():
    run = sample_runs.finished_run("mine")
    (run.folder / layout.CONFIG).write_bytes(b"{")
    return store.runs()[0]
