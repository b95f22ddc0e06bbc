"""Measure "See inside" and "Watch it learn": what a text takes on the page, and an epoch in the worker.

    OPENBLAS_NUM_THREADS=1 python -m bench.inside [--network lstm] [--texts 20] [--view why]

Each pretrained network reads IMDB reviews of 250 words. Needs the IMDB files. The tables show two times: the
time of the processor (process_time), which hardly depends on other programs, and the time of the clock.
"""

import argparse
import itertools
import statistics
import time

import numpy as np

from bench.runs import ROOT, machine
from imdb_core import architectures, data, keras_settings
from imdb_core import config as configs
from imdb_core.data import batches
from imdb_core.data.reviews import FIRST_WORD
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.inside import filters, integrated, memory_map, phrases, recurrent, word_map
from imdb_core.inside.attention import attention
from imdb_core.inside.making import learned_texts
from imdb_core.inside.phrases import phrase_sum
from imdb_core.inside.trace import trace
from imdb_core.inside.walk import map_of, walk
from imdb_core.runs import layout, store
from imdb_core.scoring import fooling, predictor

WORDS = 250
PART = 10  # of an epoch's batches are trained on to measure an epoch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", help="only this one of pretrained/")
    parser.add_argument("--texts", type=int, default=20)
    parser.add_argument("--view", choices=VIEWS, help="only this view, without the path and the maps")
    options = parser.parse_args()
    texts = review_texts(options.texts)
    print(f"{len(texts)} reviews of {WORDS} words; {machine()}")
    folders = sorted((ROOT / "pretrained").iterdir())
    networks = [predictor.load(folder) for folder in folders if options.network in (None, folder.name)]
    if options.view is None:
        _measure_maps(networks, texts)
        _measure_sizes_of_all(options.network)
    print("\n| network | view | first look: processor | each text: processor, clock (largest) |")
    print("|---|---|---|---|")
    for network in networks:
        for name, (is_for, work) in VIEWS.items():
            if is_for(network.config) and options.view in (None, name):
                _measure_view(network, name, work, texts)


def _measure_maps(networks, texts):
    print("| network | path: processor, clock (largest) | map: processor | of an epoch | file |")
    print("|---|---|---|---|---|")
    for network in networks:
        if recurrent.has_memory(network.config):
            _measure(network.folder, network, texts)


def _measure_sizes_of_all(only):
    """What measuring the sizes of weights and gradients takes after an epoch, for each tutorial network."""
    from imdb_core.training import device_setup

    device_setup.prepare("cpu", 1)
    keras_settings.load()
    print("\n| network | sizes of an epoch: processor, the first and a later one | of an epoch | file |")
    print("|---|---|---|---|")
    for name in [*architectures.tutorial_names(), "simple_rnn"]:
        if only in (None, name):
            _measure_sizes(configs.preset(name))


def _measure_sizes(config):
    from imdb_core.training.material import Material
    from imdb_core.training.network import trainable_network  # imports Keras, so after its settings
    from imdb_core.training.sizes import Sizes

    material = Material.load(config)
    model = trainable_network(config, device="cpu", threads=1)
    sizes = Sizes(config, material.validation, device="cpu", threads=1)
    shares = np.full((len(material.validation), len(config.classes)), 0.5, np.float32)
    busy = []
    for _ in range(4):
        sizes.validated(shares)
        busy.append(_seconds(lambda: sizes.measure(model))[0])
    size = len(sizes.measure(model).model_dump_json())
    _train_part(model, material.train, config)  # once, so that the step is traced
    epoch = _seconds(lambda: _train_part(model, material.train, config))[0] * PART
    later = statistics.median(busy[1:])
    print(
        f"| {config.network} | {busy[0]:.2f} s, {later:.2f} s | {later / epoch:.1%} of {epoch:.0f} s | "
        f"{size:,} bytes |",
        flush=True,
    )


def _train_part(model, reviews, config):
    """Train on the first PARTth of an epoch; the order of the batches is random."""
    steps = len(reviews) // config.batch_size // PART
    for batch in itertools.islice(batches.training_batches(reviews, config, 1), steps):
        model.train_on_batch(*batch)


def _measure_view(network, name, work, texts):
    first, _ = _seconds(lambda: work(network, texts[0]))
    busy, clock = zip(*(_seconds(lambda text=text: work(network, text)) for text in texts), strict=True)
    print(
        f"| {network.folder.name} | {name} | {first:.2f} s | {statistics.median(busy):.3f} s, "
        f"{statistics.median(clock):.3f} s ({max(clock):.3f} s) |",
        flush=True,
    )


def _words(network, text):
    """All that the page computes for the map of words: the map, once, and the places of the typed words."""
    word_map.word_map(network)
    word_map.places(network, sorted({id for id in network.read(text).ids if id > FIRST_WORD}))


def _fool(network, text):
    fooling.fool(network, text, seconds=60)


def _filters(network, text):
    found = filters.findings(network, network.read(text))
    filters.wanted_words(network, found.kernels[abs(found.effects).argmax()], 8)


def _why(network, text):
    """Integrated gradients and attention; the page leaves out each word in any case."""
    reading = network.read(text)
    integrated.integrated_gradients(network, reading)
    attention(network, reading)


def _phrases(network, text):
    phrase_sum(network, network.read(text))


def _measure(folder, network, texts):
    map_of(network)  # once, so that all modules are loaded
    busy, clock = zip(*(_seconds(lambda text=text: _path(network, text)) for text in texts), strict=True)
    run = store.read(folder)
    reviews = learned_texts(run, network.config)
    layer = recurrent.find(network.content())
    options = {"training": len(reviews.train)}
    map_busy, _ = _seconds(lambda: memory_map.make(layer, reviews.validation, network.config, **options))
    epoch = statistics.median(row["seconds"] for row in run.epochs)
    size = (folder / layout.memory_map(network.epoch)).stat().st_size
    print(
        f"| {folder.name} | {statistics.median(busy):.3f} s, {statistics.median(clock):.3f} s "
        f"({max(clock):.3f} s) | {map_busy:.2f} s | {map_busy / epoch:.1%} of {epoch:.0f} s | "
        f"{size:,} bytes |",
        flush=True,
    )


def _path(network, text):
    """All that the page computes for the path of a typed text, without drawing."""
    walk(trace(network, network.read(text)), map_of(network))


def _seconds(work):
    clock, busy = time.perf_counter(), time.process_time()
    work()
    return time.process_time() - busy, time.perf_counter() - clock


def review_texts(number: int) -> list[str]:
    """The first WORDS words of `number` longer test reviews, the same ones each time."""
    corpus = data.load("imdb")
    vocabulary = Vocabulary(corpus.words, corpus.tokenizer)
    long = [number for number, length in enumerate(corpus.test.lengths) if length > WORDS]
    chosen = np.random.default_rng(0).permutation(long)[:number]
    return [" ".join(vocabulary.decode(corpus.test[i][1 : WORDS + 1])) for i in chosen]


VIEWS = {
    "words": (word_map.has_word_vectors, _words),
    "filters": (filters.has_filters, _filters),
    "why": (integrated.has_integrated_gradients, _why),
    "fool it": (word_map.has_word_vectors, _fool),
    "phrases": (phrases.looks_up_phrases, _phrases),
}

if __name__ == "__main__":
    main()
