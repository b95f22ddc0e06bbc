"""Hyperparameters that cannot be, losses that are no number, and what a training needs before it starts. See
rows.py.
"""

import json
import math
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import hypothesis
import numpy as np
from hypothesis import strategies

from imdb_core import architectures, data, paths
from imdb_core import config as configs
from imdb_core.data import batches
from imdb_core.data.reviews import Reviews
from imdb_core.errors import ConfigError, DataError
from imdb_core.runs import journal, launcher, locks, store
from imdb_core.scoring import predictor
from tests.conftest import TINY
from tests.faults.load import percentile
from tests.faults.made import Tab, finished_run
from tests.faults.rows import Found, row, until
from tests.faults.server import broken_in_the_server
from tests.stub_worker import use_stub

DIVERGING = """
import sys
from imdb_core.training import fit, worker
usual = fit._epoch
def epoch_with_huge_weights(model, train, config, epoch, on_batch):
    if epoch == 2:
        model.set_weights([0 * weights + 1e38 for weights in model.get_weights()])
    return usual(model, train, config, epoch, on_batch)
fit._epoch = epoch_with_huge_weights
sys.exit(worker.main())
"""


@row(
    "D1",
    "the loss becomes NaN",
    "'diverged', checkpoint kept, strict JSON",
    tensorflow=True,
    breaks=("NaN as it is",),
)
def diverged(place, patch, broken):
    patch.delenv("IMDB_DATA_DIR", raising=False)
    if broken:
        patch.setattr(journal, "_strict", lambda value: value)
        patch.setattr(journal.json, "dumps", lambda value, **_: _lenient(value))
        run = finished_run()
    else:
        (place / "diverging.py").write_text(DIVERGING)
        patch.setenv("PYTHONPATH", str(place))
        patch.setattr(launcher, "WORKER", "diverging")
        run = launcher.submit(configs.checked({**TINY, "learning_rate": 10.0, "epochs": 3}))
        until(lambda: store.read(run.folder).state in store.ENDED, 120)
    said = store.read(run.folder).message or ""
    kept = sorted(path.name for path in (run.folder / "checkpoints").glob("epoch-*/manifest.json"))
    odd = {
        "kind": "batch",
        "epoch": 3,
        "step": 1,
        "steps": 3,
        "loss": math.nan,
        "accuracy": math.inf,
        "seconds": 1.0,
    }
    journal.append(run.folder / "metrics.jsonl", odd | {"words_per_second": None})
    loose = _not_strict(run.folder)
    charts = 0 if broken else len(Tab("watch").show(run=run.id).get("bidi_component"))
    figure = f"said {said[:60]!r}, {len(kept)} checkpoint kept, {len(loose)} files not strict JSON, {charts} charts drawn"
    return Found(
        figure, "diverged" in said and "epoch 2" in said and len(kept) == 1 and not loose and charts >= 2
    )


_dumps = json.dumps


def _lenient(value):
    return _dumps(value, ensure_ascii=False)


def _not_strict(folder: Path) -> list[str]:
    """Files of a run with something that only Python takes for JSON."""
    loose = []

    def refuse(constant):
        raise ValueError(constant)

    for path in [*folder.rglob("*.json"), *folder.rglob("*.jsonl")]:
        lines = path.read_text("utf-8").splitlines() if path.suffix == ".jsonl" else [path.read_text("utf-8")]
        try:
            for line in lines:
                json.loads(line, parse_constant=refuse)
        except ValueError:
            loose.append(path.name)
    return loose


@row(
    "D2",
    "no GPU where one was asked for",
    "trains on the CPU, the page says so",
    tensorflow=True,
    breaks=("no notice",),
)
def no_gpu(place, patch, broken):
    patch.delenv("IMDB_DATA_DIR", raising=False)
    if broken:
        silent = "from imdb_core.training import device_setup; device_setup.why_not_usable = lambda device: None"
        broken_in_the_server(place, patch, silent)
    patch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    run = launcher.submit(configs.checked({**TINY, "device": "gpu:0", "epochs": 1}))
    until(lambda: store.read(run.folder).state in store.ENDED, 120)
    app = Tab("watch").show(run=run.id)
    notices = [str(one.value) for one in [*app.warning, *app.info, *app.caption] if "CPU" in str(one.value)]
    state = store.read(run.folder).state
    return Found(
        f"{state}; the page says {notices[0][:90] if notices else 'nothing'!r}",
        state == "finished" and bool(notices),
    )


VISIT_ALL = """
import sys
from tests.apptest import opened
for page in sys.argv[1:]:
    opened(page)
loaded = sorted({"tensorflow", "keras", "jax", "torch"} & set(sys.modules))
print("loaded:", *loaded)
"""


@row(
    "D3",
    "the server takes the GPU's memory",
    "no framework loaded after all pages",
    breaks=("a page loads one",),
)
def server_without_frameworks(place, patch, broken):
    program = VISIT_ALL
    if broken:
        (place / "tensorflow.py").write_text("")
        program = f"import sys; sys.path.insert(0, {str(place)!r}); import tensorflow\n{VISIT_ALL}"
    pages = [path.stem for path in sorted((paths.PROJECT / "pages").glob("*.py"))]
    command = [sys.executable, "-c", program, *(pages[:1] if broken else pages)]
    done = subprocess.run(
        command, cwd=paths.PROJECT, capture_output=True, text=True, timeout=120, check=False
    )
    found = (
        done.stdout.split("loaded:")[-1].split()
        if "loaded:" in done.stdout
        else ["the pages themselves failed"]
    )
    return Found(f"{len(found)} loaded after {len(pages)} pages {found or ''}".strip(), not found)


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
    """20 configs of mostly allowed values, each of which is sometimes anything at all."""
    random, made = Random(seed), []
    usual = {name: _usual(name) for name in configs.RunConfig.model_fields}
    for _ in range(20):
        names = [name for name in usual if random.random() < 0.9]
        made.append({name: random.choice(ODD if random.random() < 0.02 else usual[name]) for name in names})
    return made


def _usual(name) -> list:
    """Allowed values of a hyperparameter, the extreme ones among them."""
    low, high = configs.bounds(name)
    if name == "network":
        return architectures.names()
    if low is None:
        return list(configs.choices(name)) or ["cpu", "auto", "gpu:0", "a\nb"]
    kind = configs.RunConfig.model_fields[name].annotation
    return [kind(low), kind(high), kind(low + (high - low) / 7), configs.RunConfig.model_fields[name].default]


@row("D4", "10,000 absurd configs", "0 crashes, 99.9 % <= 50 ms, memory <= cap", breaks=("no memory check",))
def absurd_configs(place, patch, broken):
    if broken:
        patch.setattr(configs, "MEMORY_LIMIT_BYTES", 10**18)
    seconds, crashes, heavy, accepted = [], [], 0, 0
    cap = 6 * 2**30

    def check(seed):
        nonlocal heavy, accepted
        for values in _any_configs(seed):
            started = time.perf_counter()
            try:
                config = configs.checked(values)
                accepted += 1
                heavy += configs.memory_bytes(config) > cap
            except ConfigError:
                pass
            except Exception as error:  # noqa: BLE001 - what the row counts
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
    figure = f"{len(crashes)} crashes in {len(seconds):,}, {accepted:,} accepted, {heavy} above the cap, 99.9 % in {late:.1f} ms"
    return Found(
        f"{figure} {crashes[:1] or ''}".strip(), not crashes and not heavy and late <= 50 and accepted > 0
    )


@row("D5", "word ids the network has no place for", "0 reach the network", breaks=("ids as they are",))
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
    return Found(f"{beyond} of {tried:,} ids", beyond == 0)


@row(
    "D6",
    "too little data: batch > reviews, no validation reviews",
    "refused before launch, or trains",
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
    return Found(
        f"{len(wrong)} of {len(cases)} go wrong, {refused} refused by name", not wrong and refused == 24
    )


def _trains(reviews, config) -> bool:
    """Whether both parts hold reviews of both labels, and training gets batches."""
    reviews = reviews.prepared(config.vocabulary_size, config.review_length)
    try:
        parts = [
            reviews.select(part) for part in batches.split(reviews, config.validation_share, config.seed)
        ]
    except DataError:  # only the worker would notice
        return False
    if not all(len(part) and 0 < part.labels.sum() < len(part) for part in parts) or config.batch_size < 1:
        return False
    return any(True for _ in batches.training_batches(parts[0], config, 1))


@row("D7", "a stop is slow", "p95 <= a batch + 2 s", breaks=("SIGTERM ignored",))
def stops(place, patch, broken):
    use_stub(patch, STUB_EPOCHS="100000", **({"STUB_IGNORE_TERM": "1"} if broken else {}))
    seconds = []
    runs = [
        store.create(configs.checked({**TINY, "name": "endless"}), store.new_id())
        for _ in range(1 if broken else 10)
    ]
    launcher.dispatch()
    for run in runs:
        until(lambda run=run: store.read(run.folder).state == "running" and store.read(run.folder).metrics)
        started = time.monotonic()
        launcher.stop(store.read(run.folder))
        until(
            lambda run=run: (
                not locks.held(run.folder / "run.lock") and store.read(run.folder).state == "stopped"
            )
        )
        seconds.append(time.monotonic() - started)
    late = percentile(seconds, 0.95)
    return Found(f"p95 {late:.2f} s of {len(seconds)} stops with batches of 0.05 s", late <= 0.05 + 2)
