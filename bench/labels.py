"""How much labels are worth: trains with few and with many labels, and with help from texts without labels.

    python -m bench.labels FOLDER DATASET [--labels 100 500 2500 0] [--teacher nb_ngram] [--student text_cnn]
        [--seeds 7 8 9]
    python -m bench.labels FOLDER DATASET --start-from RUN --student lstm [--values "FIELD=VALUE ..."]

DATASET is the name of a data set in which some texts have no labels. bench.settings says how to add one. For
each number of labels (0: all) and each seed there are three runs. First, the teacher's network and the
student's network are trained on the labels alone. Then the student's network is trained again: on the same
labels, and on this teacher's answers for the texts without labels.

With --start-from, a run of a language model in FOLDER, there is no teacher and there are two runs: the
student alone, and the student started from this model. Both have the model's sizes. FOLDER gets its language
model by `IMDB_RUNS_DIR=FOLDER python -m imdb_core train --network language_model --dataset DATASET --wait`.
Choose the seed of the language model for --seeds. With another seed, some of the validation reviews are among
the texts that the language model has read (without labels).

--values are further values of the student. The same validation reviews choose the epoch in all runs; if there
are few labels, there are more validation reviews than labels. The test reviews are scored once per run. The
runs stay in FOLDER: a second call trains only the missing ones. Prints a Markdown table.
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
    columns = [f"{options.teacher}, the teacher", f"{options.student} alone", f"{options.student}, taught"]
    if options.start_from:
        columns = [f"{options.student} alone", f"{options.student}, started from the language model"]
    print(f"| labels | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}", flush=True)
    for labels in options.labels:
        accuracies = accuracies_with(labels, options)
        print(f"| {labels or 'all'} | {' | '.join(accuracies)} |", flush=True)


def accuracies_with(labels, options):
    """The cells of the row of so many labels."""
    shared = {"dataset": options.dataset, "labelled_texts": labels}
    of_student = {**sizes_of(options.start_from, options.student), **options.values, **shared}
    alone = [config_of(options.student, seed, **of_student) for seed in options.seeds]
    if options.start_from:
        started = [
            config.changed(start_from=options.start_from, name=f"{config.name}, started") for config in alone
        ]
        runs = trained([*alone, *started])
        return [test_accuracy([runs[config] for config in row]) for row in (alone, started)]
    teachers = [config_of(options.teacher, seed, **shared) for seed in options.seeds]
    runs = trained([*teachers, *alone])
    taught = [
        config.changed(teacher=runs[teacher].id, name=f"{config.name}, taught")
        for config, teacher in zip(alone, teachers, strict=True)
    ]
    runs |= trained(taught)
    return [test_accuracy([runs[config] for config in row]) for row in (teachers, alone, taught)]


def sizes_of(language_model, network):
    """The sizes that the network must have to start from this run; {} without one."""
    from imdb_core.runs import store
    from imdb_core.scoring import language_models

    if not language_model:
        return {}
    config = store.find(language_model).config
    names = (*language_models.SIZES, "vocabulary_size", "tokenizer")
    used = {*configs.hyperparameters(network.removesuffix(TUNED)), "tokenizer"}
    return {name: getattr(config, name) for name in names if name in used}


if __name__ == "__main__":
    main()
