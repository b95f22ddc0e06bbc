"""How much labels are worth: trains with few and with many labels, with and without a teacher's answers.

    python -m bench.labels FOLDER DATASET [--labels 100 500 2500 0] [--teacher nb_ngram] [--student text_cnn]
        [--seeds 7 8 9]

DATASET is the name of a data set in which some texts have no labels. bench.settings says how to add one. For
each number of labels (0: all) and each seed there are three runs. First, the teacher's network and the
student's network are trained on the labels alone. Then the student's network is trained again: on the same
labels, and on this teacher's answers for the texts without labels. The same validation reviews choose the
epoch in all three; if there are few labels, there are more validation reviews than labels. The test reviews
are scored once per run. The runs stay in FOLDER: a second call trains only the missing ones. Prints a
Markdown table.
"""

import argparse
import os
import platform
from pathlib import Path

from bench.accuracy import config_of, test_accuracy, trained, variants
from bench.runs import machine


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
            [config_of(name, seed, dataset=options.dataset, labelled_texts=labels) for seed in options.seeds]
            for name in (options.teacher, options.student)
        )
        runs = trained([*teachers, *alone])
        taught = [
            config.changed(teacher=runs[teacher].id, name=f"{config.name}, taught")
            for config, teacher in zip(alone, teachers, strict=True)
        ]
        runs |= trained(taught)
        cells = [test_accuracy([runs[config] for config in configs]) for configs in (teachers, alone, taught)]
        print(f"| {labels or 'all'} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
