"""Teachers: trained networks that label texts without labels, for another run to learn from.

The labels are probabilities, which say more than a verdict: Hinton, Vinyals & Dean 2015, "Distilling the
Knowledge in a Neural Network". A teacher reads texts with its own vocabulary, so it may have learned from
another data set, if it tells the same classes apart. Called by launcher, worker, form and command line.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imdb_core import architectures, errors
from imdb_core.answers import is_binary
from imdb_core.config import Problem, RunConfig
from imdb_core.data import sources
from imdb_core.data.batches import TAUGHT_DRAW
from imdb_core.data.sources import Source, Texts
from imdb_core.errors import ConfigError, ModelError, UserError
from imdb_core.runs.awaited import awaited_teacher
from imdb_core.scoring import many, models, predictor
from imdb_core.scoring.models import Model
from imdb_core.scoring.predictor import Score

MOST_GENERATIONS = 5
ASKED_AT_ONCE = 512  # texts; a stop is obeyed in between
# Of data sets that call their classes by short names, as the folders of Stanford's archive do.
SAME_CLASSES = {"neg": "negative", "pos": "positive"}


@dataclass(frozen=True)
class TeacherAnswers:
    """What a teacher says of some of the texts in Source.unlabelled().

    `places` int32 (texts,): positions there, ascending. `shares` float32 (texts, classes): the teacher's
    probabilities; each row adds up to 1.
    """

    places: NDArray[np.int32]
    shares: NDArray[np.float32]


def available(dataset: str) -> list[Model]:
    """The networks that can be teachers on this data set; an empty list if all its texts have labels."""
    if not sources.get(dataset).unlabelled_reviews:
        return []
    classes = sources.get(dataset).classes
    return [model for model in models.available() if same_classes(model.config.classes, classes)]


def where_to_teach(config: RunConfig) -> str | None:
    """The name of a data set whose texts without labels a network with this config can label.

    Its own data set, or else another one of real texts; None if there is none on this machine.
    """
    names = sorted(sources.available_names(), key=lambda name: name != config.dataset)
    for source in map(sources.get, names):
        fits = source.name == config.dataset or not source.synthetic
        if fits and source.unlabelled_reviews and same_classes(source.classes, config.classes):
            return source.name
    return None


def same_classes(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether two lists of classes mean the same, in the same order: equal names, or SAME_CLASSES."""
    meant = [
        [SAME_CLASSES.get(name.casefold(), name.casefold()) for name in names] for names in (first, second)
    ]
    return meant[0] == meant[1]


def find(config: RunConfig) -> Model:
    """The teacher of `config`. Raises ModelError with a sentence if it cannot teach this run."""
    _require_texts(sources.get(config.dataset))
    model = models.find(config.teacher)
    _require_same_classes(model.config, config)
    return model


def require(config: RunConfig) -> None:
    """Raise ModelError with a sentence unless the teacher can teach, now or once it has been trained."""
    _require_texts(sources.get(config.dataset))
    if teacher := awaited_teacher(config):
        if teacher.config:
            _require_same_classes(teacher.config, config)
    else:
        find(config)


def problems(config: RunConfig) -> list[Problem]:
    """Why the teacher of `config` cannot teach, for the form; [] if it can or if there is none."""
    try:
        if config.teacher:
            require(config)
    except UserError as error:
        return [Problem("unusable_teacher", ("teacher",), {"reason": errors.sentence(error)})]
    return []


def generations(config: RunConfig, ids: Sequence[str]) -> list[RunConfig]:
    """One config for each of the `ids`: the first one is `config`, and each run teaches the next one.

    As in Xie et al. 2020, "Self-training with Noisy Student Improves ImageNet Classification". Raises
    ConfigError for more than MOST_GENERATIONS, and ModelError if the data set has no texts to teach.
    """
    if not 1 <= len(ids) <= MOST_GENERATIONS:
        raise ConfigError(f"The number of generations is {len(ids)}; it must be 1 to {MOST_GENERATIONS}.")
    if len(ids) > 1 and architectures.predicts_words(config.network):
        raise ConfigError("A language model learns from no teacher; the number of generations must be 1.")
    if len(ids) > 1:
        _require_texts(sources.get(config.dataset))
    teachers = [config.teacher, *ids[:-1]]
    return [config.changed(teacher=teacher) for teacher in teachers]


def ask(config: RunConfig, texts: Texts, on_window: Callable[[], object]) -> TeacherAnswers:
    """The teacher's answers for a share of `texts`, drawn by the run's seed.

    Texts in which the teacher knows no word are left out. Calls `on_window()` after every ASKED_AT_ONCE
    texts. Raises ModelError.
    """
    network = predictor.load(find(config).folder)
    count = round(len(texts) * config.teacher_share)
    if not count:
        raise ModelError(
            f"No text is left for the teacher: {len(texts):,} texts have no label and no twin with a label, "
            f"and the teacher labels a share of {config.teacher_share:g} of them. Choose a larger share."
        )
    random = np.random.default_rng([config.seed, TAUGHT_DRAW])
    chosen = np.sort(random.permutation(len(texts))[:count])
    windows = (
        [texts[place] for place in chosen[start : start + ASKED_AT_ONCE]]
        for start in range(0, count, ASKED_AT_ONCE)
    )
    shares: list[tuple[float, ...] | None] = []  # not the answers themselves: these hold all words
    for _, scores in many.scored(network, windows):
        shares += [score.shares if isinstance(score, Score) else None for score in scores]
        on_window()
    answered = [number for number, share in enumerate(shares) if share]
    if not answered:
        raise ModelError(f"The teacher {config.teacher} knows no word of the texts. Choose another teacher.")
    places = chosen[answered].astype(np.int32)
    return TeacherAnswers(places, np.array([share for share in shares if share], np.float32))


def _require_texts(source: Source) -> None:
    if not source.unlabelled_reviews:
        raise ModelError(
            f"{source.title} has no texts without labels for a teacher. Choose a data set that has some, or "
            "no teacher."
        )


def _require_same_classes(teacher: RunConfig, student: RunConfig) -> None:
    if not same_classes(teacher.classes, student.classes):
        raise ModelError(
            f"The teacher {student.teacher} tells {_listed(teacher.classes)} apart, but the classes of "
            f"{sources.title(student.dataset)} are {_listed(student.classes)}. Choose a teacher with these "
            "classes."
        )


def _listed(classes: Sequence[str]) -> str:
    return " and ".join(classes) if is_binary(classes) else f"{len(classes)} classes"
