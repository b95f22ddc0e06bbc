"""Helpers of the measurements: an environment with its own folder, a part of the reviews, one training."""

import json
import subprocess
import threading
from pathlib import Path

import numpy as np
import psutil

from imdb_core import background, data
from imdb_core.data import keras_files
from imdb_core.data.reviews import FIRST_WORD
from imdb_core.operating_system import resources
from imdb_core.runs import store
from imdb_core.runs.cores import cpu_cores

ROOT = Path(__file__).resolve().parents[1]


def surroundings(folder, *, every: int = 1) -> dict[str, str]:
    """Environment variables for runs in `folder` on every n-th review (n is `every`)."""
    environment = background.environment(IMDB_RUNS_DIR=f"{folder}/runs")
    if every > 1:
        part = Path(folder, f"every-{every}")
        if not part.exists():
            _write_part(part, every)
        environment |= {"IMDB_DATA_DIR": str(part), "IMDB_CACHE_DIR": f"{part}/cache"}
    return environment


def trained(values: dict, environment: dict[str, str]) -> store.Run:
    """A finished run, trained by the project's worker; SystemExit if it failed.

    `values` are options of the command `train`: what differs from the network's preset. Without TensorFlow
    (a machine that trains with JAX) the run has no model.
    """
    options = [text for name, value in values.items() for text in (f"--{name.replace('_', '-')}", str(value))]
    command = background.command("-m", "imdb_core", "train", *options, "--wait", "--json")
    process = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, encoding="utf-8")
    if process.returncode > 1:  # 1: a failed run, whose ending is shown below
        process.check_returncode()
    run = store.read(Path(environment["IMDB_RUNS_DIR"], json.loads(process.stdout)["id"]))
    if run.state != "finished":
        raise SystemExit(f"{run.folder}: {run.ending}")
    return run


def machine() -> str:
    """The machine's processor and cores, for tables of results."""
    return f"{resources.processor_name()}, {cpu_cores()} cores"


def _write_part(folder, every):
    """Write a folder in Keras's layout with every n-th review (n is `every`)."""
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


class Peak(threading.Thread):
    """The most memory that the children of a process have had, asked 20 times a second."""

    def __init__(self, process: psutil.Process) -> None:
        super().__init__(daemon=True)
        self.process, self.bytes, self.ended = process, 0, threading.Event()

    def __enter__(self) -> "Peak":
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.ended.set()
        self.join()

    def run(self) -> None:
        while not self.ended.wait(0.05):
            for child in self.process.children():
                try:
                    self.bytes = max(self.bytes, child.memory_info().rss)
                except psutil.Error:
                    continue
