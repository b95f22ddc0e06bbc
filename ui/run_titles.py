"""The titles of the runs in a list from which the visitor chooses."""

from imdb_core.runs.store import Run


def run_titles(runs: dict[str, Run], *, with_state: bool = False) -> dict[str, str]:
    """The titles of runs by key: "name · pretrained", "name · end of its id", or "name · state"."""
    return {key: f"{run.name} · {_remark(key, run, with_state)}" for key, run in runs.items()}


def _remark(key, run, with_state):
    if key != run.id:
        return "pretrained"
    return run.state if with_state else run.id[-4:]
