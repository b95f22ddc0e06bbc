"""What a setting is worth: trains networks with the values of their presets, and with other values.

    python -m bench.settings FOLDER --networks text_cnn lstm --settings "" "adversarial_change=0.015"
    python -m bench.settings FOLDER --dataset NAME --networks lstm --settings "teacher=pretrained/wide_deep"

Each setting is a list of FIELD=VALUE with spaces between them. "" is the preset unchanged. NETWORK+tuned is
the tuned preset of a network. A teacher can only be used on a data set in which some texts have no labels.
Stanford's archive of film reviews is one: `python -m imdb_core data add FILE` adds it and prints its NAME.
The validation figures of students of a pretrained teacher are too good, because the teacher may have learned
from the same reviews.

A tenth of the labelled reviews is set aside to choose the epoch. The test reviews are scored once per run.
On two cores two runs are trained at the same time, so the seconds are an upper bound. The runs stay in
FOLDER: a second call trains only the missing ones. Prints a Markdown table.
"""

import argparse
import os
import platform
from pathlib import Path

from bench.accuracy import HEAD, config_of, line, trained, variants
from bench.runs import machine
from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.config import typed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="the folder that keeps the runs")
    parser.add_argument("--networks", nargs="+", required=True, choices=variants())
    parser.add_argument("--settings", nargs="+", type=values_of, required=True)
    parser.add_argument("--dataset", default="imdb")
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9])
    options = parser.parse_args()
    os.environ["IMDB_RUNS_DIR"] = str(options.folder.absolute())
    rows = {}
    for network in options.networks:
        for values in options.settings:
            name = ", ".join([network, *(f"{field} {value}" for field, value in values.items())])
            of_seeds = (config_of(network, seed, dataset=options.dataset, **values) for seed in options.seeds)
            rows[name] = [config.changed(name=f"{name}, seed {config.seed}"[:80]) for config in of_seeds]
    finished = trained([config for row in rows.values() for config in row])
    seeds = ", ".join(map(str, options.seeds))
    print(f"{machine()}, Python {platform.python_version()}; data set {options.dataset}, seeds {seeds}\n")
    print(HEAD)
    for name, row in rows.items():
        print(line(name, [finished[config] for config in row]), flush=True)


def values_of(text):
    """{field: value} of a list of FIELD=VALUE, as typed into the form."""
    pairs = [pair.partition("=")[::2] for pair in text.split()]
    allowed = {name for network in architectures.names() for name in configs.hyperparameters(network)}
    allowed -= {"seed"}
    if unknown := ", ".join(name for name, _ in pairs if name not in allowed):
        raise argparse.ArgumentTypeError(f"unknown: {unknown}; allowed: {', '.join(sorted(allowed))}")
    return {name: typed.value(name, value) for name, value in pairs}


if __name__ == "__main__":
    main()
