"""What the measurements share: a folder of their own for runs, part of the reviews, and one run through the
worker.
"""

import json
import subprocess
from pathlib import Path

import numpy as np

from imdb_core import background, data
from imdb_core.data import keras_files
from imdb_core.data.reviews import FIRST_WORD
from imdb_core.operating_system import resources
from imdb_core.runs import store
from imdb_core.runs.cores import cpu_cores

ROOT = Path(__file__).resolve().parents[1]


def surroundings(folder, *, every: int = 1) -> dict[str, str]:
    """Environment variables for processes that keep their runs in `folder` and see every so many-th review."""
    environment = background.environment(IMDB_RUNS_DIR=f"{folder}/runs")
    if every > 1:
        part = Path(folder, f"every-{every}")
        if not part.exists():
            _write_part(part, every)
        environment |= {"IMDB_DATA_DIR": str(part), "IMDB_CACHE_DIR": f"{part}/cache"}
    return environment


def trained(values: dict, environment: dict[str, str]) -> store.Run:
    """The run of a network's preset with `values`, trained alone by the project's own worker; SystemExit if
    an epoch is missing.

    Where TensorFlow is missing (a machine that trains with JAX) there is no model at the end.
    """
    options = [text for name, value in values.items() for text in (f"--{name.replace('_', '-')}", str(value))]
    command = background.command("-m", "imdb_core", "train", *options, "--wait", "--json")
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, encoding="utf-8")
    if done.returncode > 1:  # 1 is a failed run, which says more itself
        done.check_returncode()
    run = store.read(Path(environment["IMDB_RUNS_DIR"], json.loads(done.stdout)["id"]))
    if run.state != "finished":
        raise SystemExit(f"{run.folder}: {run.ending}")
    return run


def machine() -> str:
    """The machine's processor in words, for tables of results."""
    return f"{resources.processor_name()}, {cpu_cores()} cores"


def _write_part(folder, every):
    """A folder in Keras's layout with every so many-th review."""
    corpus = data.load("imdb")
    arrays = {}
    for kind, reviews in (("train", corpus.train), ("test", corpus.test)):
        chosen = range(0, len(reviews), every)
        arrays[f"x_{kind}"] = np.array(
            [(reviews[index][1:] - FIRST_WORD).tolist() for index in chosen], dtype=object
        )
        arrays[f"y_{kind}"] = reviews.labels[list(chosen)].astype(np.int64)
    folder.mkdir(parents=True)
    np.savez(folder / keras_files.NPZ, **arrays)
    index = {word: rank for rank, word in enumerate(corpus.words, 1)}
    (folder / keras_files.INDEX).write_text(json.dumps(index), "utf-8")
