"""Hyperparameters, word ids and amounts of data that make no sense."""

import math
import time
from random import Random

import hypothesis
import numpy as np
from hypothesis import strategies

from imdb_core import architectures, data, paths
from imdb_core import config as configs
from imdb_core.data import batches
from imdb_core.data.reviews import Reviews
from imdb_core.errors import ConfigError, DataError
from imdb_core.scoring import predictor
from tests.conftest import TINY
from tests.faults.rows import Outcome, row
from tests.faults.support.figures import percentile

ODD = [
    0,
    -1,
    10**9,
    10**30,
    -(10**400),
    1e308,
    math.nan,
    math.inf,
    "",
    "x" * 10**4,
    None,
    [],
    {},
    True,
    b"x",
    "\ud800",
]


def _any_configs(seed: int) -> list[dict]:
    """20 configs of allowed values, of which about 2 % are replaced by odd values."""
    random, configs_of_seed = Random(seed), []
    allowed = {name: _allowed_values(name) for name in configs.RunConfig.model_fields}
    for _ in range(20):
        names = [name for name in allowed if random.random() < 0.9]
        values = {name: ODD if random.random() < 0.02 else allowed[name] for name in names}
        configs_of_seed.append({name: random.choice(choices) for name, choices in values.items()})
    return configs_of_seed


def _allowed_values(name) -> list:
    """Allowed values of a hyperparameter, with its smallest and largest value; of a text also a wrong one."""
    low, high = configs.bounds(name)
    field = configs.RunConfig.model_fields[name]
    if name == "network":
        return architectures.all_names()
    if low is None:
        return list(configs.choices(name)) or [*3 * [field.default], "cpu", "a\nb"]
    kind = field.annotation
    return [kind(low), kind(high), kind(low + (high - low) / 7), field.default]


@row(
    "D4",
    "10,000 absurd configs",
    "0 crashes, 99.9 % checked within 50 ms, memory within the limit",
    breaks=("no memory check",),
)
def absurd_configs(place, patch, broken):
    if broken:
        patch.setattr("imdb_core.config.memory.MEMORY_LIMIT_BYTES", 10**18)
    seconds, crashes, heavy, accepted = [], [], 0, 0
    limit = 6 * 2**30

    def check(seed):
        nonlocal heavy, accepted
        for values in _any_configs(seed):
            started = time.perf_counter()
            try:
                config = configs.checked(values)
                accepted += 1
                heavy += configs.memory_bytes(config) > limit
            except ConfigError:
                pass
            except Exception as error:  # noqa: BLE001 - every exception is counted
                crashes.append(f"{values!r:.80}: {error!r:.80}")
            seconds.append(time.perf_counter() - started)

    quick = {
        "suppress_health_check": list(hypothesis.HealthCheck),
        "phases": [hypothesis.Phase.generate],
        "deadline": None,
    }
    examples = hypothesis.settings(
        max_examples=50 if broken else 500, database=None, derandomize=True, **quick
    )
    examples(hypothesis.given(strategies.integers(0, 2**32))(check))()
    late = 1000 * percentile(seconds, 0.999)
    figure = f"{len(crashes)} crashes in {len(seconds):,} configs, {accepted:,} accepted, "
    figure += f"{heavy} above the memory limit, 99.9 % checked within {late:.1f} ms"
    return Outcome(
        f"{figure} {crashes[:1] or ''}".strip(), not crashes and not heavy and late <= 50 and accepted > 0
    )


@row(
    "D5", "word ids beyond the network's embedding table", "0 reach the network", breaks=("ids as they are",)
)
def ids_beyond_the_table(place, patch, broken):
    if broken:
        patch.setattr(Reviews, "prepared", lambda self, vocabulary_size, review_length: self)
    random, beyond, tried = np.random.default_rng(1), 0, 0
    for vocabulary_size in (10, 500, 5000, 88_587):
        lists = [random.integers(1, 200_000, random.integers(1, 300)) for _ in range(100)]
        ids = Reviews.from_lists(lists, [0] * 100).prepared(vocabulary_size, 100).ids
        beyond, tried = beyond + int((ids >= vocabulary_size).sum()), tried + len(ids)
    corpus = data.load("demo")
    for folder in sorted(paths.PRETRAINED.glob("*/model.json")):
        network = predictor.load(folder.parent)
        known = [*network.vocabulary.words, *corpus.words, *(f"word{n}" for n in range(1000))]
        for start in range(0, len(known), 80):
            ids = network.read(" ".join(known[start : start + 80])).ids
            beyond, tried = beyond + sum(id >= network.config.vocabulary_size for id in ids), tried + len(ids)
    return Outcome(f"{beyond} of {tried:,} ids", beyond == 0)


@row(
    "D6",
    "too little data: a batch larger than all reviews, no validation reviews",
    "refused before the start, or trains",
    breaks=("no bounds",),
)
def too_little_data(place, patch, broken):
    if broken:
        patch.setattr(configs, "checked", lambda values: configs.RunConfig.model_construct(**values))
    corpus, wrong, refused = data.load("demo"), [], 0
    shares = (-0.1, 0.0, 0.0001, 0.01, 0.5, 0.51, 1.0)
    cases = [
        {"validation_share": share, "batch_size": size} for share in shares for size in (0, 1, 2048, 10**6)
    ]
    for case in cases:
        try:
            config = configs.checked({**TINY, **case})
        except ConfigError as error:
            refused += any(name in str(error) for name in case)
            continue
        wrong += [case] if not _trains(corpus.train, config) else []
    return Outcome(
        f"{len(wrong)} of {len(cases)} go wrong, {refused} refused by name", not wrong and refused == 24
    )


def _trains(reviews, config) -> bool:
    """Whether both parts of the split hold reviews of both labels, and training gets batches."""
    reviews = reviews.prepared(config.vocabulary_size, config.review_length)
    try:
        parts = [
            reviews.select(part) for part in batches.split(reviews, config.validation_share, config.seed)
        ]
    except DataError:  # otherwise only the worker notices
        return False
    if not all(len(part) and 0 < part.labels.sum() < len(part) for part in parts) or config.batch_size < 1:
        return False
    return any(True for _ in batches.training_batches(parts[0], config, 1))
