"""How much a teacher helps: trains each network with labels alone, and with a teacher's answers as well.

    python -m bench.teachers FOLDER DATASET [--teacher pretrained/wide_deep] [--networks text_cnn lstm]
        [--seeds 7 8 9] [--noise 0 0.1]

DATASET is the name of a data set that has texts without labels, such as Stanford's archive of film reviews.
`python -m imdb_core data add FILE` adds it and prints its name. Each network has the values of its preset;
NAME+tuned stands for the tuned preset. With each seed it is trained once with labels alone, and once for
each noise with the teacher. A tenth of the labelled reviews is set aside to choose the epoch. A pretrained
teacher may have learned from these reviews. The test reviews are scored once per run. On two cores two runs
are trained at the same time, so the seconds are an upper bound. The runs stay in FOLDER: a second call
trains only the missing ones. Prints a Markdown table.
"""

import argparse
import os
import platform
from pathlib import Path

from bench.accuracy import HEAD, config_of, line, trained, variants
from bench.runs import machine
from imdb_core.data import sources


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="the folder that keeps the runs")
    parser.add_argument("dataset", help="the name of a data set with texts without labels")
    parser.add_argument("--teacher", default="pretrained/wide_deep")
    parser.add_argument("--networks", nargs="+", default=["text_cnn", "lstm"], choices=variants())
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9])
    parser.add_argument("--noise", type=float, nargs="+", default=[0.0])
    options = parser.parse_args()
    os.environ["IMDB_RUNS_DIR"] = str(options.folder.absolute())
    rows = {}
    for network in options.networks:
        rows[network] = [config_of(network, seed, dataset=options.dataset) for seed in options.seeds]
        for noise in options.noise:
            name = f"{network}, taught" + (f", noise {noise:g}" if noise else "")
            rows[name] = [
                config.changed(
                    teacher=options.teacher, teacher_noise=noise, name=f"{name}, seed {config.seed}"
                )
                for config in rows[network]
            ]
    finished = trained([config for configs in rows.values() for config in configs])
    print(f"{machine()}, Python {platform.python_version()}; seeds {', '.join(map(str, options.seeds))};")
    texts = f"{sources.get(options.dataset).unlabelled_reviews:,} texts without labels"
    print(f"teacher {options.teacher}, {texts}\n")
    print(HEAD)
    for name, configs in rows.items():
        print(line(name, [finished[config] for config in configs]), flush=True)


if __name__ == "__main__":
    main()
