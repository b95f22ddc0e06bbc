"""Extras of a run fail: probes, models of epochs, the log, the export. Many runs train in one process."""

import itertools
from collections import Counter

from imdb_core import config as configs
from imdb_core.runs import layout, notes, store
from imdb_core.training import course, fit, worker
from imdb_core.training.extras import Extras
from tests.faults.rows import Outcome, row
from tests.faults.support import counting_worker
from tests.faults.support.child_processes import result_in_new_process
from tests.faults.support.faulty_extras import AT_THE_END, CONFIG, EACH_EPOCH, EPOCHS, ERRORS, install


@row(
    "J9",
    "an extra fails (probes, model of an epoch, log, memory figure, export, predictions) in some epoch",
    "0 epochs lost, noted once, the run finishes",
    breaks=("not guarded", "noted each time", "before the checkpoint"),
)
def failing_extras(place, patch, broken):
    count = result_in_new_process(
        _every_failure, broken or "", COUNTING_EPOCH_SECONDS="0", COUNTING_WEIGHTS="10"
    )
    figure = f"{count['lost']} epochs lost in {count['runs']} runs, {count['unfinished']} unfinished, "
    figure += (
        f"{count['unnoted']} without exactly one note, {count['other']} with other losses {count['example']}"
    )
    missed = count["lost"] + count["unfinished"] + count["unnoted"] + count["other"]
    return Outcome(figure.strip(), not missed and count["runs"] > (5 if broken else 40))


def _every_failure(broken: str) -> dict:
    """One run for each extra, error and epoch, and one for each extra that fails in all epochs."""
    fault, count = install(), Counter(runs=0, lost=0, unfinished=0, unnoted=0, other=0)
    _break(broken)
    cases = [(extra, error, []) for extra, error in itertools.product(AT_THE_END, ERRORS)]
    for (a, extra), (b, error) in itertools.product(enumerate(EACH_EPOCH), enumerate(ERRORS)):
        # The sum makes each extra fail with each error, and in each epoch.
        cases.append((extra, error, [1 + (a + b) % EPOCHS]))
    cases += [(extra, "RuntimeError", [*range(1, EPOCHS + 1)]) for extra in EACH_EPOCH]
    example = ""
    for extra, error, epochs in cases[-len(EACH_EPOCH) :] if broken else cases:
        fault.extra, fault.error, fault.epochs, fault.epoch = extra, error, epochs, 0
        run = store.create(configs.checked(CONFIG), store.new_id())
        try:
            worker.main([str(run.folder)])
        except Exception as unexpected:  # noqa: BLE001 - the run's state is what counts
            example = repr(unexpected)
        before = sum(count.values())
        _judge(store.read(run.folder), extra, epochs, count)
        count["runs"] += 1
        if sum(count.values()) > before + 1:
            example = f"such as {extra} with {error} in {epochs}: {store.read(run.folder).ending} {example}"
    return {**count, "example": example[:300]}


def _judge(run: store.Run, extra: str, epochs: list[int], count: Counter) -> None:
    saved = counting_worker.checkpoint_epochs(run.folder / layout.CHECKPOINTS)
    count["lost"] += EPOCHS - len(run.epochs) + (max(saved, default=0) != EPOCHS)
    count["unfinished"] += run.state != "finished" or run.test_accuracy is None
    noted = [event["extra"] for event in run.events if event["event"] == "extra-failed"]
    count["unnoted"] += noted != [extra] or len(notes.notes(run)) != 1
    scored = [row["epoch"] for row in run.epochs if len(row.get("probes", ())) == 2]
    kept = [int(path.stem[6:]) for path in sorted(run.folder.glob("epochs/*.onnx"))]
    whole = [epoch for epoch in range(1, EPOCHS + 1)]
    expected = {
        name: [epoch for epoch in whole if extra != name or epoch not in epochs] for name in EACH_EPOCH
    }
    right = scored == expected["probes"] and kept == expected["epoch-model"]
    right = right and run.has_model == (extra != "model") == (not run.can_resume)
    count["other"] += not (right and (run.folder / layout.PREDICTIONS).is_file() == (extra != "predictions"))


def _break(broken: str) -> None:
    if broken == "not guarded":
        Extras.attempt = lambda self, extra, work, epoch=None: work()
    elif broken == "noted each time":
        Extras._recorded = property(lambda self: set(), lambda self, value: None)
    elif broken == "before the checkpoint":
        save = course.checkpoints.save

        def saved_late(folder, model, row, progress):
            fit.predict(model, [0, 1], None)
            save(folder, model, row, progress)

        course.checkpoints.save = saved_late
