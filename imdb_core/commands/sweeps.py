"""`python -m imdb_core sweep | sweeps`: let Optuna choose hyperparameters; list sweeps and settings."""

import time
from argparse import Namespace
from typing import Any

from imdb_core import config as configs
from imdb_core.commands import console
from imdb_core.commands.registry import argument, command
from imdb_core.errors import ConfigError, RunError
from imdb_core.runs import launcher
from imdb_core.sweeps import control, starting
from imdb_core.sweeps import store as sweep_store
from imdb_core.sweeps import sweep as sweep_module
from imdb_core.sweeps.fields import FACTS
from imdb_core.sweeps.space import FORM, parsed
from imdb_core.sweeps.sweep import Sweep, SweepConfig
from imdb_core.sweeps.trials import Setting, best, front, settings

WAIT_SECONDS = 1.0  # between two looks at the sweep with --wait
_FIELDS = SweepConfig.model_fields
_CHOICES = {name: tuple(facts.choices) for name, facts in FACTS.items()}


@command(
    "sweep",
    argument("--network", required=True, help="the network to train"),
    argument("--dataset", default=None, help="the texts to train on"),
    argument("--place", default=None, help="where its runs are trained"),
    argument("--vary", action="append", required=True, metavar="HYPERPARAMETER", help=FORM),
    argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a value that does not vary"),
    argument("--tuned", action="store_true", help="start from better values for the same layers"),
    argument("--name", default="", help="your name for the sweep"),
    argument("--objective", default="val_loss", choices=_CHOICES["objective"], help="what is best"),
    argument("--cost", default="none", choices=_CHOICES["cost"], help="a second objective"),
    argument("--sampler", default="tpe", choices=_CHOICES["sampler"], help="how values are chosen"),
    argument(
        "--pruner",
        choices=_CHOICES["pruner"],
        help="which runs end early; by default those below the median, with --cost none",
    ),
    argument("--runs", type=int, default=_FIELDS["most_runs"].default, help="at most so many runs"),
    argument("--epochs", type=int, default=0, help="at most so many epochs of all runs together"),
    argument("--hours", type=float, default=0.0, help="at most so many hours of training"),
    argument("--seeds", type=int, default=1, help="train each setting with so many seeds"),
    argument("--seed", type=int, default=_FIELDS["seed"].default, help="of the sampler"),
    argument("--wait", action="store_true", help="stay until the sweep ends"),
)
def start(options: Namespace) -> int:
    """Start a sweep: runs of one network whose hyperparameters are chosen one after another.

    The runs of a sweep wait in the same queue as all other runs. They are not tested on the test texts. To
    test the best setting, train it again.
    """
    changes = dict(each.partition("=")[::2] for each in options.set)
    values = {name.replace("-", "_"): _value(name.replace("-", "_"), text) for name, text in changes.items()}
    if options.dataset:
        values["dataset"] = options.dataset
    if options.place:
        values["place"] = options.place
    base = configs.preset(options.network, tuned=options.tuned, **values)
    config = sweep_module.checked(
        {
            "name": options.name,
            "base": base.model_dump(),
            "space": [parsed(text).model_dump() for text in options.vary],
            "objective": options.objective,
            "cost": options.cost,
            "sampler": options.sampler,
            "pruner": options.pruner or ("median" if options.cost == "none" else "none"),
            "most_runs": options.runs,
            "most_epochs": options.epochs,
            "most_hours": options.hours,
            "seeds": options.seeds,
            "seed": options.seed,
        }
    )
    sweep = starting.start(config)
    return _show(options, _follow(sweep) if options.wait else sweep)


@command(
    "sweeps",
    argument("sweep", nargs="?", help="the sweep's id; without it, all sweeps"),
    argument("--stop", action="store_true", help="end its runs and make no more"),
    argument("--go-on", action="store_true", help="go on with a stopped sweep"),
    argument("--train-best", action="store_true", help="train its best setting with three fresh seeds"),
    argument("--delete", action="store_true", help="delete the sweep; its runs stay"),
    argument("--with-runs", action="store_true", help="with --delete: its runs are deleted, too"),
)
def show(options: Namespace) -> int:
    """List all sweeps, or show one: its best setting and each setting tried."""
    if not options.sweep:
        listed = sweep_store.sweeps()
        lines = [_line(sweep) for sweep in listed]
        console.show_result(options, [_summary(sweep) for sweep in listed], lines or ["No sweeps yet."])
        return 0
    sweep = sweep_store.find(options.sweep)
    if options.delete:
        control.delete(sweep, with_runs=options.with_runs)
        console.show_result(options, {"deleted": sweep.id}, [f"Deleted the sweep {sweep.name}."])
        return 0
    if options.stop:
        sweep = control.stop(sweep)
    elif options.go_on:
        sweep = control.go_on(sweep)
    elif options.train_best:
        return _train_best(options, sweep)
    launcher.dispatch()
    return _show(options, sweep)


def _train_best(options: Namespace, sweep: Sweep) -> int:
    chosen = best(sweep, settings(sweep, sweep_store.runs(sweep)))
    if chosen is None:
        raise RunError(f"The sweep {sweep.name} has no complete setting yet. Wait until a run has finished.")
    runs = control.train_again(sweep, chosen.number)
    console.show_result(options, [run.id for run in runs], [f"{run.id}  {run.name}" for run in runs])
    return 0


def _value(name: str, text: str) -> Any:
    """The value that `text` stands for. Raises ConfigError."""
    if name not in configs.RunConfig.model_fields:
        raise ConfigError(
            f"{name[:60]!r} is no hyperparameter; `python -m imdb_core train --help` lists all."
        )
    try:
        return configs.facts(name).kind(text)
    except ValueError:
        raise ConfigError(f"{name} is {text[:60]!r}; it must be {configs.facts(name).allowed}") from None


def _follow(sweep: Sweep) -> Sweep:
    """Wait until the sweep ends, printing each setting that has ended; returns the sweep as it is then."""
    shown: set[int] = set()
    while True:
        launcher.runs()
        sweep = sweep_store.read(sweep.folder)
        for each in settings(sweep, sweep_store.runs(sweep)):
            if each.state != "open" and each.number not in shown:
                shown.add(each.number)
                console.say(_setting_line(sweep, each))
        if sweep.state != "running":
            return sweep
        time.sleep(WAIT_SECONDS)


def _show(options: Namespace, sweep: Sweep) -> int:
    tried = settings(sweep, sweep_store.runs(sweep))
    lines = [_line(sweep), *(_setting_line(sweep, each) for each in tried)]
    if sweep.config and (chosen := best(sweep, tried)) and sweep.config.cost == "none":
        lines.append(f"Best so far: {_setting_line(sweep, chosen)}")
    console.show_result(options, _summary(sweep), lines)
    return 0


def _line(sweep: Sweep) -> str:
    """A sweep in a list: id, state, settings tried, name."""
    tried = settings(sweep, sweep_store.runs(sweep))
    reason = f"  {sweep.reason}" if sweep.reason else ""
    return f"{sweep.id}  {sweep.state:9} {len(tried):4} settings  {sweep.damaged or sweep.name}{reason}"


def _setting_line(sweep: Sweep, setting: Setting) -> str:
    """A setting: its number, how it ended, its objective, its values and its runs."""
    value = setting.value(sweep.config) if sweep.config else None
    figure = "-" if value is None else f"{value:.4f}"
    values = ", ".join(f"{name} {_short(value)}" for name, value in setting.values.items())
    runs = ", ".join(run.id for run in setting.runs)
    return f"{setting.number:4}  {setting.state:9} {figure:>8}  {values}  ({runs})"


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _summary(sweep: Sweep) -> dict[str, Any]:
    """What --json prints of a sweep."""
    tried = settings(sweep, sweep_store.runs(sweep))
    config, chosen = sweep.config, best(sweep, tried)
    return {
        "id": sweep.id,
        "name": sweep.name,
        "state": sweep.state,
        "damaged": sweep.damaged,
        "reason": sweep.reason,
        "best": chosen.number if chosen else None,
        "front": [each.number for each in front(sweep, tried)],
        "settings": [
            {
                "number": each.number,
                "state": each.state,
                "value": each.value(config) if config else None,
                "values": each.values,
                "runs": [run.id for run in each.runs],
                "epochs": sum(len(run.epochs) for run in each.runs),
            }
            for each in tried
        ],
    }
