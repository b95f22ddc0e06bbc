"""What labels are worth, and what texts without labels add: accuracy over the number of labelled texts.

    python -m bench.labels FOLDER DATASET [--labels 100 500 2500 0] [--teacher nb_ngram] [--student text_cnn]
        [--seeds 7 8 9]

DATASET is a data set with texts without labels, as in bench.teachers. For each number of labels (0: all) and
each seed the teacher's network and the student are trained on these labels alone. Then the student learns
from the same labels and from this teacher's answers for the texts without labels. The same validation reviews
choose the epoch in all cases; with few labels, more texts validate a run than train it. The test reviews are
scored once per run. FOLDER keeps the runs: a second call trains only the missing ones. Prints a Markdown
table.
"""

import argparse
import os
import platform
import statistics
from pathlib import Path

from bench.accuracy import trained, variants
from bench.runs import machine
from bench.teachers import preset_on


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="the folder that keeps the runs")
    parser.add_argument("dataset", help="the name of a data set with texts without labels")
    parser.add_argument("--labels", type=int, nargs="+", default=[100, 500, 2500, 0])
    parser.add_argument("--teacher", default="nb_ngram", choices=variants())
    parser.add_argument("--student", default="text_cnn", choices=variants())
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9])
    options = parser.parse_args()
    os.environ["IMDB_RUNS_DIR"] = str(options.folder.absolute())
    print(f"{machine()}, Python {platform.python_version()}; seeds {', '.join(map(str, options.seeds))}\n")
    print(
        f"| labels | {options.teacher}, the teacher | {options.student} alone | {options.student}, taught |"
    )
    print("|---|---|---|---|", flush=True)
    for labels in options.labels:
        teachers, alone = (
            [preset_on(options.dataset, name, seed).changed(labelled_texts=labels) for seed in options.seeds]
            for name in (options.teacher, options.student)
        )
        runs = trained([*teachers, *alone])
        taught = [
            config.changed(teacher=runs[teacher].id, name=f"{config.name}, taught")
            for config, teacher in zip(alone, teachers, strict=True)
        ]
        runs |= trained(taught)
        cells = [accuracy([runs[config] for config in configs]) for configs in (teachers, alone, taught)]
        print(f"| {labels or 'all'} | {' | '.join(cells)} |", flush=True)


def accuracy(runs):
    """Mean test accuracy of the runs, with the spread of several seeds."""
    tests = [run.test_accuracy for run in runs]
    spread = f" ± {100 * statistics.stdev(tests):.2f}" if len(tests) > 1 else ""
    return f"{statistics.fmean(tests):.2%}{spread}"


if __name__ == "__main__":
    main()
