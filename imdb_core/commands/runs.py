"""`python -m imdb_core runs | rename | tag | stop | resume`: list, name, tag, stop and resume runs."""

from argparse import Namespace

from imdb_core import errors, paths
from imdb_core.commands import console, report
from imdb_core.commands.registry import RUN_ID, argument, command
from imdb_core.errors import RunError, UserError
from imdb_core.runs import launcher, refusals, store, tags
from imdb_core.runs.names import display_names


@command("runs")
def list_runs(options: Namespace) -> int:
    """List all runs, newest first."""
    console.say(paths.moved_folders_notice())
    runs = launcher.runs()
    names = display_names({run.id: run for run in runs})
    lines = [report.run_line(run, names[run.id]) for run in runs]
    documents = [report.document(run) for run in runs]
    console.show_result(options, documents, lines or ["No runs yet."])
    return 0


@command("rename", RUN_ID, argument("name", help="the new name; an empty one takes the name away"))
def rename(options: Namespace) -> int:
    """Give a run another name. Its config does not change."""
    run = store.rename(store.find(options.run), options.name)
    return report.show_run(options, run, failed_is_error=False)


@command(
    "tag",
    RUN_ID,
    argument("tags", nargs="+", metavar="TAG", help=f"at most {tags.LONGEST_TAG} characters, no comma"),
    argument("--remove", action="store_true", help="take the tags away instead"),
)
def tag(options: Namespace) -> int:
    """Set tags of a run, or --remove them. The page of all runs finds runs by their tags."""
    change = tags.remove if options.remove else tags.add
    run = change(store.find(options.run), options.tags)
    return report.show_run(options, run, failed_is_error=False)


@command(
    "stop",
    argument("run", nargs="?", help="the run's id"),
    argument("--all", action="store_true", help="every run that is training or queued"),
    argument("--gone", action="store_true", help="the machine of an unreachable run is gone: record its end"),
)
def stop(options: Namespace) -> int:
    """Stop a run, or --all, and wait until its process has ended.

    The epoch of lowest validation loss so far is kept.
    """
    if options.all == bool(options.run):
        raise RunError(
            "stop needs either a run's id or --all, which stops every run that is training or queued."
        )
    if options.all:
        return _stop_all(options)
    if options.gone:
        return report.show_run(options, launcher.give_up(store.find(options.run)), failed_is_error=False)
    return report.show_run(options, _stop_and_wait(store.find(options.run)), failed_is_error=False)


def _stop_all(options: Namespace) -> int:
    """Stop the queued runs first, because the end of a training run starts the next queued one."""
    stopped, refused = [], []
    for state in ("queued", *store.ACTIVE):
        for run in _runs_in(state):
            try:
                stopped.append(_stop_and_wait(run))
            except (UserError, OSError) as error:  # go on with the other runs
                refused.append(f"{run.id} could not be stopped: {errors.reason(error)}.")
    lines = [report.run_line(run) for run in stopped]
    no_runs = [] if refused else ["Nothing is training or queued."]
    console.show_result(options, [report.document(run) for run in stopped], lines or no_runs)
    for sentence in refused:
        console.say(sentence)
    return 2 if refused else 0


def _runs_in(state: str) -> list[store.Run]:
    def matches(run: store.Run) -> bool:
        return run.state == state

    return refusals.select(store.runs(), matches)


def _stop_and_wait(run: store.Run) -> store.Run:
    """Stop the run and wait for the end of its process; returns the run as it is then."""
    if run.active:
        try:
            store.record(run.folder, "stop-requested")
        finally:  # end the process even if the request cannot be written
            launcher.end(run)
    else:
        launcher.stop(run)
    return store.read(run.folder)


@command("resume", RUN_ID)
def resume(options: Namespace) -> int:
    """Go on with an interrupted, stopped or failed run after its last finished epoch."""
    return report.show_run(options, launcher.resume(store.find(options.run)))
