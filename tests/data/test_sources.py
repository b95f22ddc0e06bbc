"""Every source keeps its promises, and a source that is registered appears everywhere."""

import numpy as np
import pytest
from apptest import opened, texts

from imdb_core import config as configs
from imdb_core import data
from imdb_core.commands import parser
from imdb_core.data import sources
from imdb_core.data.shown import shown_corpus
from imdb_core.data.sources import Source
from imdb_core.data.written import corpus_of_texts
from imdb_core.errors import ConfigError, DataError
from imdb_core.evaluation import baselines, corpus_facts
from imdb_core.runs import cost, launcher

TRAIN = [(f"the {thing} was {word}", label) for thing in "abc" for label, word in enumerate(("bad", "good"))]


class Tiny(Source):
    def load(self, progress=None):
        return corpus_of_texts("tiny", train=TRAIN, test=TRAIN[:2])


class OneSided(Tiny):
    def load(self, progress=None):
        return corpus_of_texts("tiny", train=TRAIN[1::2], test=TRAIN[:2])


def registered(kind):
    sources.register(
        kind(
            name="tiny",
            title="Tiny reviews",
            noun="tiny reviews",
            link="small",
            training_reviews=len(TRAIN),
            mean_words=5,
            synthetic=True,
            about="Six sentences.",
        )
    )
    yield "tiny"
    sources.unregister("tiny")


@pytest.fixture
def tiny_source():
    yield from registered(Tiny)


@pytest.fixture
def one_sided_source():
    yield from registered(OneSided)


@pytest.fixture(params=sources.names())
def source(request):
    """Each source of the project whose reviews are on this machine."""
    if not sources.get(request.param).is_available():
        pytest.skip(f"the reviews of {request.param} are not on this machine")
    return sources.get(request.param)


def test_a_source_loads_the_corpus_that_it_describes(source):
    corpus = data.load(source.name)
    assert corpus.name == source.name and len(corpus.test)
    assert corpus.fingerprint == source.fingerprint()
    assert len(corpus.train) == source.training_reviews
    assert round(corpus.train.lengths.mean()) == source.mean_words
    for half in (corpus.train, corpus.test):
        assert set(half.labels.tolist()) == {0, 1}


def test_the_labels_that_are_known_before_a_training_are_those_of_the_corpus(source):
    corpus = data.load(source.name)
    labels = source.training_labels()
    assert labels is None or np.array_equal(labels, corpus.train.labels)


def test_pages_show_the_corpus_that_a_run_learns_from(source):
    corpus, shown = data.load(source.name), shown_corpus(source.name)
    assert shown_corpus(source.name) is shown, "it is kept in memory"
    assert all(file.is_file() for file in source.stored_files())
    assert shown.corpus.fingerprint == corpus.fingerprint and shown.vocabulary.words == corpus.words
    assert np.array_equal(shown.corpus.train.ids, corpus.train.ids)
    assert np.array_equal(shown.corpus.test.labels, corpus.test.labels)


def test_sources_are_listed_with_real_reviews_first(tiny_source):
    listed = [sources.get(name).synthetic for name in sources.names()]
    assert listed == sorted(listed) and sources.names()[-1] == tiny_source


def test_two_sources_of_one_name_are_refused(tiny_source):
    with pytest.raises(ValueError, match="two sources tiny"):
        sources.register(sources.get(tiny_source))


def test_a_run_may_name_a_registered_source_and_no_other(tiny_source):
    assert configs.preset("lstm", dataset=tiny_source).dataset == tiny_source
    assert tiny_source in configs.choices("dataset") and configs.choice_label(tiny_source) == "Tiny reviews"
    with pytest.raises(ConfigError, match=rf"dataset is 'none'; it must be one of .*, {tiny_source}\."):
        configs.preset("lstm", dataset="none")


def test_a_source_that_was_removed_is_refused():
    with pytest.raises(ConfigError, match="dataset is 'tiny'; it must be one of"):
        configs.preset("lstm", dataset="tiny")
    with pytest.raises(DataError, match="'tiny' is no data set; choose one of"):
        data.load("tiny")


@pytest.mark.parametrize("command", ["train", "baseline"])
def test_the_command_line_offers_a_registered_source(command, tiny_source, capsys):
    with pytest.raises(SystemExit):
        parser.run([command, "--help"])
    assert tiny_source in capsys.readouterr().out


def test_the_form_offers_a_registered_source(tiny_source):
    app = opened("train")
    assert "Tiny reviews" in app.selectbox(key="dataset").options
    app.selectbox(key="dataset").set_value(tiny_source).run()
    assert not app.exception and not app.error


def test_the_page_of_the_reviews_shows_a_registered_source(tiny_source):
    app = opened("data", corpus="small")
    assert app.title[0].value == "The reviews" and "Six sentences." in texts(app)
    assert corpus_facts.facts(tiny_source).train.reviews == len(TRAIN)


def test_the_cost_of_an_epoch_follows_from_the_size_of_the_source(tiny_source):
    small, large = (cost.operations(configs.preset("lstm", dataset=name)) for name in (tiny_source, "demo"))
    demo = sources.get("demo")
    expected = len(TRAIN) * 5 / demo.training_reviews / demo.mean_words
    assert small / large == pytest.approx(expected, rel=0.01)


def test_a_baseline_of_a_registered_source_is_possible(tiny_source):
    assert baselines.is_possible(tiny_source) and baselines.baseline(tiny_source) is None


def test_the_plain_script_says_that_it_reads_other_reviews(tiny_source):
    from imdb_core import script  # its template imports Keras: at the top, no test here would count as fast

    source = script.plain_script(configs.preset("lstm", dataset=tiny_source))
    assert "the app's synthetic tiny reviews, which Keras does not have" in source


@pytest.mark.usefixtures("stub_worker")
def test_a_run_that_cannot_be_validated_on_the_source_is_refused(one_sided_source):
    with pytest.raises(DataError, match="3 positive and 0 negative"):
        launcher.submit(configs.preset("lstm", dataset=one_sided_source))
