"""Make what shows the inside of a run's epochs, from their ONNX files. Called by the worker and a command."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from imdb_core import data
from imdb_core.config import RunConfig
from imdb_core.data import batches
from imdb_core.data.reading import prepared
from imdb_core.data.reviews import Reviews
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.errors import DataError
from imdb_core.inside import filter_phrases, map_files, memory_map, recurrent
from imdb_core.inside.filter_phrases import FilterPhrases
from imdb_core.inside.filters import has_filters
from imdb_core.inside.memory_map import MemoryMap
from imdb_core.runs import layout, provenance, store
from imdb_core.scoring import predictor


class Texts(Protocol):
    """The prepared reviews of a run; the worker's Material has these names."""

    @property
    def train(self) -> Reviews: ...

    @property
    def validation(self) -> Reviews: ...


def keep_epoch(folder: Path, config: RunConfig, epoch: int, texts: Texts) -> None:
    """Write what the views need of an epoch whose model the worker has just written.

    Nothing for a network without memory and filters, and nothing without the epoch's model: then the failure
    or the missing TensorFlow is already noted. Raises OSError.
    """
    model = folder / layout.epoch_model(epoch)
    if has_views(config) and model.is_file():
        _keep(folder, config, epoch, content=model.read_bytes(), texts=texts)


@dataclass(frozen=True)
class Made:
    """The files that were written for an epoch: `map` of its memory, `phrases` of its filters.

    Either is None for a network without that part. `bytes` is the size of both files.
    """

    map: MemoryMap | None
    phrases: FilterPhrases | None
    bytes: int


def make_all(run: store.Run, texts: Texts) -> dict[int, Made]:
    """Write what the views need of every epoch of a trained run that has a model; returns epoch -> Made.

    `texts` are the run's learned_texts. Raises ModelError if the network is damaged, OSError if the disk
    refuses.
    """
    best, made = predictor.load(run.folder), {}
    for epoch in best.epochs if has_views(best.config) else ():
        content = predictor.Predictor(run.folder, epoch).content()
        made[epoch] = _keep(run.folder, best.config, epoch, content=content, texts=texts)
    return made


def has_views(config: RunConfig) -> bool:
    """Whether something is made for each epoch of a network of `config`."""
    return recurrent.has_memory(config) or has_filters(config)


def _keep(folder: Path, config: RunConfig, epoch: int, *, content: bytes, texts: Texts) -> Made:
    size, made, training = 0, None, len(texts.train)
    if layer := recurrent.find(content):
        before = map_files.newest_before(folder, epoch, config)
        made = memory_map.make(layer, texts.validation, config, training=training, before=before)
        size += map_files.write(folder, epoch, made)
    if phrases := filter_phrases.make(content, texts.validation, config, training=training):
        size += filter_phrases.write(folder, epoch, phrases)
    return Made(made, phrases, size)


@dataclass(frozen=True)
class _Learned:
    train: Reviews
    validation: Reviews


def learned_texts(run: store.Run, config: RunConfig) -> Texts:
    """The prepared reviews with labels that the run has learned with. Raises DataError."""
    corpus = data.load(config.dataset, tokenizer=config.tokenizer)
    if not provenance.learned_from(run, corpus.fingerprint):
        raise DataError(
            f"{run.name} learned from other texts than those that {config.dataset} has now, so its map would "
            "be wrong. Put the texts back, or train a new run."
        )
    reviews = prepared(corpus.train, Vocabulary(corpus.words, corpus.tokenizer), config)
    training, validation = batches.parts(reviews, config)
    return _Learned(reviews.select(training), reviews.select(validation))
