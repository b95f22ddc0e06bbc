"""Write events and metrics into a run's folder, as a worker would. Used by the tests in tests/runs."""

from imdb_core.runs import journal, layout, store

STARTED = {"pid": 1, "process_started": 0.0, "device": "cpu", "threads": 1}
FIELDS = {"started": STARTED, "phase": {"phase": "x"}}  # what these events need


def after_events(run: store.Run, *events: str) -> store.Run:
    """The run after these events were recorded."""
    for event in events:
        store.record(run.folder, event, **FIELDS.get(event, {}))
    return store.read(run.folder)


def metrics_row(kind: str, epoch: int, step: int = 1, **changes) -> dict:
    """A valid row of metrics.jsonl: within an epoch ("batch") or at its end ("epoch")."""
    row = {"kind": kind, "epoch": epoch, "step": step, "steps": 9, "loss": 0.5, "accuracy": 0.5}
    row |= {"seconds": 1.0, "words_per_second": 9.0, "memory": None}
    if kind == "epoch":
        row |= {"val_loss": None, "val_accuracy": None, "validation_seconds": 0.1}
    return row | changes


def after_metrics(run: store.Run, *rows: dict) -> store.Run:
    """The run after these rows were appended to its metrics."""
    for row in rows:
        journal.append(run.folder / layout.METRICS, row)
    return store.read(run.folder)


def event_kinds(run: store.Run) -> list[str]:
    """The kinds of the run's events so far."""
    return [event["event"] for event in store.read(run.folder).events]
