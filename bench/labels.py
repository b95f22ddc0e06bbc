"""How much labels are worth: trains with few and with many labels, and with help from texts without labels.

    python -m bench.labels FOLDER DATASET [--labels 100 500 2500 0] [--teacher nb_ngram] [--student text_cnn]
        [--start-from RUN] [--values FIELD=VALUE ...] [--seeds 7 8 9]

DATASET is the name of a data set in which some texts have no labels. bench.settings says how to add one. For
each number of labels (0: all) and each seed there are three runs. First, the teacher's network and the
student's network are trained on the labels alone. Then the student's network is trained again: on the same
labels, and on this teacher's answers for the texts without labels. With --start-from, a run of a language
model in FOLDER, there is a fourth run. It has the labels alone, but starts from this model; the student has
the model's sizes in all its runs. --values are further values of the student.

The same validation reviews choose the epoch in all runs; if there are few labels, there are more validation
reviews than labels. The test reviews are scored once per run. The runs stay in FOLDER: a second call trains
only the missing ones. Prints a Markdown table.
"""

import argparse
import os
import platform
from pathlib import Path

from bench.accuracy import TUNED, config_of, test_accuracy, trained, variants
from bench.runs import machine
from bench.settings import values_of
from imdb_core import config as configs


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="the folder that keeps the runs")
    parser.add_argument("dataset", help="the name of a data set with texts without labels")
    parser.add_argument("--labels", type=int, nargs="+", default=[100, 500, 2500, 0])
    parser.add_argument("--teacher", default="nb_ngram", choices=variants())
    parser.add_argument("--student", default="text_cnn", choices=variants())
    parser.add_argument("--start-from", help="the id of a run of a language model in FOLDER")
    parser.add_argument("--values", type=values_of, default={}, help="FIELD=VALUE, with spaces between them")
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9])
    options = parser.parse_args()
    os.environ["IMDB_RUNS_DIR"] = str(options.folder.absolute())
    print(f"{machine()}, Python {platform.python_version()}; seeds {', '.join(map(str, options.seeds))}\n")
    head = [
        "labels",
        f"{options.teacher}, the teacher",
        f"{options.student} alone",
        f"{options.student}, taught",
    ]
    head += ["started from the language model"] * bool(options.start_from)
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}", flush=True)
    for labels in options.labels:
        accuracies = accuracies_with(labels, options)
        print(f"| {labels or 'all'} | {' | '.join(accuracies)} |", flush=True)


def accuracies_with(labels, options):
    """The cells of the row of so many labels."""
    shared = {"dataset": options.dataset, "labelled_texts": labels}
    teachers = [config_of(options.teacher, seed, **shared) for seed in options.seeds]
    of_student = {**sizes_of(options.start_from, options.student), **options.values, **shared}
    alone = [config_of(options.student, seed, **of_student) for seed in options.seeds]
    runs = trained([*teachers, *alone])
    taught = [
        config.changed(teacher=runs[teacher].id, name=f"{config.name}, taught")
        for config, teacher in zip(alone, teachers, strict=True)
    ]
    started = [
        config.changed(start_from=options.start_from or "", name=f"{config.name}, started")
        for config in alone
    ]
    rows = [teachers, alone, taught, *([started] if options.start_from else [])]
    runs |= trained([config for row in rows[2:] for config in row])
    return [test_accuracy([runs[config] for config in row]) for row in rows]


def sizes_of(language_model, network):
    """The sizes that the network must have to start from this run; {} without one."""
    from imdb_core.runs import store
    from imdb_core.scoring import language_models

    if not language_model:
        return {}
    config = store.find(language_model).config
    names = (*language_models.SIZES, "vocabulary_size")
    used = configs.hyperparameters(network.removesuffix(TUNED))
    return {name: getattr(config, name) for name in names if name in used}


if __name__ == "__main__":
    main()
