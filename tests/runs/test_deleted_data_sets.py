"""A run whose data set was deleted stays readable; what needs the texts says so in a sentence."""

import pytest
from ended_runs import ended

from imdb_core import config as configs
from imdb_core import script
from imdb_core.errors import ConfigError, DataError
from imdb_core.evaluation import balance, behaviour, doctor
from imdb_core.runs import cost, launcher, provenance, store
from imdb_core.scoring.models import Model

DELETED, CLASSES = "own-00000000", ("spam", "news", "mail")


@pytest.fixture
def run():
    """An interrupted run on three classes of a data set that does not exist."""
    made = ended(event="interrupted", class_counts=[5, 3, 2], values={"classes": CLASSES})
    values = {**made.config.model_dump(), "dataset": DELETED}
    run = store.create(configs.checked(values), store.new_id())
    for name in ("events.jsonl", "metrics.jsonl"):
        (run.folder / name).write_bytes((made.folder / name).read_bytes())
    return store.read(run.folder)


def test_it_is_shown_judged_and_named(run):
    assert not run.damaged and run.config.dataset == DELETED and len(run.epochs) == 4
    assert doctor.healthy_sentence(run) and isinstance(doctor.findings(run), list)
    assert balance.beside_accuracy(run) is None and not behaviour.suits(run)
    assert f"deleted data set {DELETED}" in Model(run.id, run).title
    assert configs.command(run.config).startswith("python -m imdb_core train")


def test_its_plain_script_says_that_the_data_set_was_deleted(run):
    assert f"The data set {DELETED} was deleted" in script.plain_script(run.config)


def test_it_is_not_resumed_and_its_variant_is_not_started(run):
    with pytest.raises(DataError, match=f"learned from the data set {DELETED}, which was deleted"):
        launcher.resume(run)
    with pytest.raises(DataError, match="is no data set"):
        launcher.submit(run.config)
    with pytest.raises(ConfigError, match="dataset is 'own-00000000'"):
        configs.preset("lstm", dataset=DELETED)
    assert store.read(run.folder).state == "interrupted"


def test_no_time_is_estimated_from_it_or_for_it(run):
    place = cost.Place("cpu", 1)
    estimate = cost.estimate(run.config, [run], place)
    assert (estimate.seconds, estimate.basis) == (None, "the data set was deleted")
    assert cost.estimate(configs.preset("lstm"), [run], place).seconds is None


def test_texts_that_changed_are_explained_without_the_data_set(run):
    store.record(run.folder, "phase", phase="starting_keras", fingerprint="a" * 64)
    with pytest.raises(DataError, match="Its data set was deleted: add the texts again"):
        provenance.require_shown_reviews(store.read(run.folder), "b" * 64)
