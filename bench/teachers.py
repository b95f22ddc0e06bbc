"""What a teacher's answers for texts without labels are worth: each network with and without the teacher.

    python -m bench.teachers FOLDER DATASET [--teacher pretrained/wide_deep] [--networks text_cnn lstm]
        [--seeds 7 8 9] [--noise 0 0.1]

DATASET is a data set with texts without labels, for instance Stanford's archive of film reviews: add it by
`python -m imdb_core data add`, which prints the name. Every network is trained from its preset (NAME+tuned:
from its tuned preset) with each seed, alone and with each noise. The epoch is chosen on a tenth of the
labelled reviews, from which a pretrained teacher may have learned; the test reviews are scored once per run.
On two cores two trainings run at a time, so the
seconds are an upper bound. FOLDER keeps the runs: a second call trains only the missing ones. Prints a
Markdown table.
"""

import argparse
import os
import platform
from pathlib import Path

from bench.accuracy import config_of, line, trained, variants
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
        rows[network] = [preset_on(options.dataset, network, seed) for seed in options.seeds]
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
    print("| network | parameters | validation | test accuracy | lowest to highest | seconds, start to end |")
    print("|---|---|---|---|---|---|")
    for name, configs in rows.items():
        print(line(name, [finished[config] for config in configs]), flush=True)


def preset_on(dataset, network, seed):
    """The preset of a network on another data set."""
    source = sources.get(dataset)
    return config_of(network, seed).changed(
        dataset=dataset, classes=source.classes, tokenizer=source.tokenizers[0]
    )


if __name__ == "__main__":
    main()
