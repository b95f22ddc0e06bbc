"""A loss that becomes NaN."""

import json
import math
from pathlib import Path

from imdb_core import config as configs
from imdb_core.runs import journal, launcher, layout, store
from tests.conftest import TINY
from tests.faults.rows import Outcome, row
from tests.faults.support.sample_runs import Tab, finished_run
from tests.faults.support.waiting import wait_until

DIVERGING = """
import sys
from imdb_core.training import fit, worker
original = fit._epoch
def epoch_with_huge_weights(model, task, config, epoch, on_batch):
    if epoch == 2:
        model.set_weights([0 * weights + 1e38 for weights in model.get_weights()])
    return original(model, task, config, epoch, on_batch)
fit._epoch = epoch_with_huge_weights
sys.exit(worker.main())
"""


@row(
    "D1",
    "the loss becomes NaN",
    "the run says 'diverged', one checkpoint is kept, all files are strict JSON",
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
        patch.setattr(launcher.workers, "WORKER", "diverging")
        run = launcher.submit(configs.checked({**TINY, "learning_rate": 10.0, "epochs": 3}))
        wait_until(lambda: store.read(run.folder).state in store.ENDED, 120)
    message = store.read(run.folder).message or ""
    kept = sorted(path.name for path in (run.folder / layout.CHECKPOINTS).glob("epoch-*/manifest.json"))
    odd = {
        "kind": "batch",
        "epoch": 3,
        "step": 1,
        "steps": 3,
        "loss": math.nan,
        "accuracy": math.inf,
        "seconds": 1.0,
    }
    journal.append(run.folder / layout.METRICS, odd | {"words_per_second": None})
    loose = _not_strict(run.folder)
    charts = 0 if broken else len(Tab("watch").show(run=run.id).get("bidi_component"))
    figure = f"the run says {message[:60]!r}, {len(kept)} checkpoint kept, "
    figure += f"{len(loose)} files are not strict JSON, {charts} charts drawn"
    return Outcome(
        figure,
        "diverged" in message and "epoch 2" in message and len(kept) == 1 and not loose and charts >= 2,
    )


_dumps = json.dumps


def _lenient(value):
    return _dumps(value, ensure_ascii=False)


def _not_strict(folder: Path) -> list[str]:
    """Names of a run's files that only Python accepts as JSON (they hold NaN or Infinity)."""
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
