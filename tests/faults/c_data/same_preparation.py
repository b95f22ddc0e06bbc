"""Typed reviews get the probabilities that the worker computed for them."""

from pathlib import Path

import numpy as np

from imdb_core import config as configs
from imdb_core import paths
from imdb_core.data import demo, typography
from imdb_core.runs import launcher, layout
from imdb_core.scoring import predictor
from tests.faults.b_storage.exact_resume import SETTINGS
from tests.faults.rows import Outcome, row
from tests.faults.support.demo_training import keep, kept_folder, wait_until_ended

REVIEWS = 200
GOLDEN_TEXT = "The film isn't that BAD.<br /><br />I loved it, qwertz!"
# Keras's ranks + 3; the start token comes first, and the last word is unknown.
GOLDEN_IDS = (1, 4, 22, 218, 15, 78, 10, 10, 13, 447, 12, 2)


def _trained() -> Path:
    """The folder of a finished run: B7's, or a new one."""
    if not list(kept_folder().iterdir()):
        keep(wait_until_ended(launcher.submit(configs.checked(SETTINGS))))
    return next(kept_folder().iterdir())


@row(
    "C6",
    "typed text is prepared differently from the training reviews",
    "probabilities differ by at most 1e-6",
    tensorflow=True,
    breaks=("capitals stay",),
)
def same_preparation(place, patch, broken):
    folder = _trained()
    with np.load(folder / layout.PREDICTIONS) as saved:
        written = saved["test"][:REVIEWS]
    if broken:
        patch.setattr(typography, "tokens", str.split)
    model = predictor.Predictor(folder)
    typed = np.array([model.score(text).probability for text in demo.texts("test")[:REVIEWS]], np.float32)
    difference = float(np.abs(typed - written).max())
    golden = predictor.Predictor(paths.PRETRAINED / "cnn_lstm").read(GOLDEN_TEXT).ids
    known_ids = "right" if golden == GOLDEN_IDS else f"WRONG: {golden}"
    figure = f"largest difference {difference:.1g} in {REVIEWS} reviews, ids of a known text {known_ids}"
    return Outcome(figure, difference <= 1e-6 and golden == GOLDEN_IDS)
