"""Train a network and print, as JSON, the seconds of its epochs without files and with files.

Started by bench.watching. Every second epoch runs without rows, checkpoints and models.
"""

import json
import sys
import time

from imdb_core.config import preset
from imdb_core.runs import store
from imdb_core.runs.cores import cpu_cores
from imdb_core.training import device_setup
from imdb_core.training.course import Course
from imdb_core.training.recorder import RunRecorder

WARM_UP_EPOCHS = 2  # include compilation, so they are not measured


class AlternatingCourse(Course):
    """Writes files in every second epoch. `seconds`: (epochs without files, epochs with files)."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.writes, self.seconds, self.epoch_began = True, ([], []), 0.0

    def on_batch(self, row):
        if self.writes:
            super().on_batch(row)

    def on_epoch(self, row, progress):
        if self.writes:
            super().on_epoch(row, progress)
        if progress.epoch > WARM_UP_EPOCHS:
            self.seconds[self.writes].append(time.monotonic() - self.epoch_began)
        self.writes, self.epoch_began = not self.writes, time.monotonic()


def main():
    network, epochs = sys.argv[1], int(sys.argv[2])
    run = store.create(preset(network, epochs=epochs, patience=0), store.new_id())
    store.record(run.folder, "started")
    device_setup.prepare("cpu", cpu_cores())
    course = AlternatingCourse(run, RunRecorder(run.folder), device="cpu", threads=cpu_cores())
    course.load()
    course.fit()
    print(json.dumps(course.seconds))


if __name__ == "__main__":
    main()
