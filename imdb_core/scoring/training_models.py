"""The network of an epoch of a run that may still be trained, for the views of "Watch a run".

model.json and vocabulary.json are written at a run's end. Until then the vocabulary comes from the run's data
set, and the worker's file of an epoch cannot be compared with a checksum, which model.json would hold. The
checks of the graph and the limits on memory and time are the same. Called by ui/panels/learned_maps.py.
"""

import hashlib

from imdb_core import errors
from imdb_core.data import sources
from imdb_core.data.vocabulary import Vocabulary
from imdb_core.errors import ModelError
from imdb_core.file_cache import FileCache
from imdb_core.files import read_bounded
from imdb_core.runs import layout
from imdb_core.runs.store import Run
from imdb_core.scoring import onnx_models, predictor
from imdb_core.scoring.model_files import Facts
from imdb_core.scoring.predictor import Predictor

MOST_REMEMBERED = 8  # networks in memory; a preset's network has 1 to 25 MB


def load(run: Run, epoch: int) -> Predictor:
    """The network of an epoch. Raises ModelError, and DataError if the run's data set is gone."""
    if run.has_model and epoch in (finished := predictor.load(run.folder)).epochs:
        return predictor.load(run.folder, epoch) if finished.epoch != epoch else finished
    path = run.folder / layout.epoch_model(epoch)
    return _networks.value((run.folder, epoch), (path,), compute=lambda: _loaded(run, epoch))


def _loaded(run: Run, epoch: int) -> Predictor:
    config = run.config
    assert config is not None
    name = layout.epoch_model(epoch)
    try:
        content = read_bounded(run.folder / name, onnx_models.most_bytes(config), below=run.folder)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"Epoch {epoch} of {run.name} has no model: {errors.reason(error)}. Choose another epoch."
        ) from error
    checksum = hashlib.sha256(content).hexdigest()
    source = sources.get(config.dataset)
    is_default = config.tokenizer == source.tokenizers[0]
    corpus = source.stored() if is_default else source.load_with(config.tokenizer)
    vocabulary = Vocabulary(corpus.words, corpus.tokenizer).limited(config.vocabulary_size)
    return Predictor(run.folder, epoch, known=(Facts(config, 0, {}, {epoch: checksum}), vocabulary))


_networks = FileCache[Predictor](MOST_REMEMBERED)
