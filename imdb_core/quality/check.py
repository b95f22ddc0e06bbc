"""Check a data set in a process of its own: python -m imdb_core.quality.check NAME

The process keeps its reports in files (see reports) and writes its progress beside them. Pages start it and
read the files, so no page loads scikit-learn. Called by the panel "Labels to look at" and the command
`check`.
"""

import sys

from imdb_core import config as configs
from imdb_core.background_job import Job, exit_code
from imdb_core.errors import ConfigError, DataError
from imdb_core.quality import content, labels, reports
from imdb_core.quality.material import fingerprint, folder, made_folder, material
from imdb_core.runs import devices

NETWORK_FOLDS, FEWEST_FOLDS, MOST_FOLDS = 3, 2, 10


def job(name: str) -> Job:
    """The job that checks the data set `name`, by counting or by a network."""
    return Job(folder(name) / "check", "check")


def start(name: str) -> None:
    """Check the data set `name` anew in a process of its own, unless a check of it is running.

    Raises DataError without the texts, and OSError.
    """
    require_texts(name)
    _start(name, "imdb_core.quality.check", name)


def start_network(name: str, network: str, *, folds: int = NETWORK_FOLDS) -> None:
    """Let a network judge the training texts, see training/out_of_fold; unless a check is running.

    Raises DataError without the texts, ConfigError for a network that these texts cannot have, and OSError.
    """
    require_texts(name)
    configs.preset(network, dataset=name)
    if not FEWEST_FOLDS <= folds <= MOST_FOLDS:
        raise ConfigError(
            f"folds is {folds}; it must be between {FEWEST_FOLDS} and {MOST_FOLDS}. The default is "
            f"{NETWORK_FOLDS}."
        )
    device = devices.choose("auto", []) or "cpu"
    options = ("--folds", folds, "--device", device)
    _start(name, "imdb_core.training.out_of_fold", name, network, *options)


def require_texts(name: str) -> None:
    """Raise DataError unless the texts are on this machine, so that a check downloads nothing."""
    if fingerprint(name) is None:
        raise DataError(f"The texts of {name!r} are not on this machine. Get them first, then check them.")


def _start(name: str, module: str, *arguments: object) -> None:
    made_folder(name)
    job(name).start(module, *arguments)


def compute(name: str, *, again: bool = False, spawned: bool = False) -> None:
    """Write both reports on `name`, here; a stored report on the same texts is kept unless `again`.

    Waits for another check of `name`. `spawned`: see Job.exclusive(). Raises DataError, OSError, and Stopped
    when the user stops the check.
    """
    texts, this_job = material(name), job(name)

    def write_texts() -> None:
        reports.write(reports.texts_file(name), content.report(texts, this_job.reporter("texts")))

    def write_labels() -> None:
        report = labels.by_counting(texts, this_job.reporter("labels"))
        reports.write(reports.labels_file(name, reports.COUNTING), report)

    made_folder(name)
    with this_job.exclusive("checks these texts", spawned=spawned):
        if again or not reports.texts(name, texts.fingerprint):
            write_texts()
        if again or not reports.labels(name, reports.COUNTING, texts.fingerprint):
            write_labels()


def main(arguments: list[str] | None = None) -> int:
    """Check the data set that is named; the output goes to the log."""
    (name,) = arguments or sys.argv[1:]
    return exit_code(lambda: compute(name, again=True, spawned=True))


if __name__ == "__main__":
    sys.exit(main())
