"""Decide which queued runs start now, and on which device. Called by the launcher.

The places (runs.places) are asked for a free device, and start the workers.
"""

from collections import defaultdict

from imdb_core.runs import places, refusals, store
from imdb_core.runs.awaited import awaited_runs
from imdb_core.sentences import Sentence


def start_queued(listed: list[store.Run]) -> None:
    """Start the waiting runs among `listed`, until no device of their places is free.

    Each place has a queue of its own, oldest run first. A place that cannot be used delays only its own runs.
    This machine comes first, because a cluster may answer slowly. Call it while holding the queue's lock.
    """
    waiting = refusals.select(listed, lambda run: run.waits)
    waiting.sort(key=lambda run: run.event("queued").get("time") or "")
    refusals.keep_only(run.folder for run in waiting)
    active = refusals.select(listed, lambda run: run.active)
    by_place = defaultdict[str, list[store.Run]](list)
    for run in _startable(waiting):
        by_place[run.place].append(run)
    order = {name: number for number, name in enumerate(places.names())}
    for name, runs in sorted(by_place.items(), key=lambda item: order.get(item[0], len(order))):
        with refusals.isolated():
            _start_at(places.of(runs[0]), runs, [run for run in active if run.place == name])


def _startable(waiting: list[store.Run]) -> list[store.Run]:
    """The `waiting` runs that can start now, because they do not wait for another run."""
    startable = []
    for run in waiting:
        with refusals.isolated(run):
            if run.config and (awaited := awaited_runs(run.config)):
                refusals.delay_by(run.folder, _wait_for(awaited[0]))
            else:
                startable.append(run)
    return startable


def _wait_for(awaited: store.Run) -> Sentence:
    if awaited.state == "interrupted":
        return Sentence("waits_for_interrupted_run", name=awaited.name)
    if reason := refusals.reason(awaited.folder):
        return Sentence("waits_for_refused_run", name=awaited.name, reason=reason)
    return Sentence("waits_for_run", name=awaited.name)


def _start_at(place: places.Place, waiting: list[store.Run], active: list[store.Run]) -> None:
    """Start the runs that wait for this place, oldest first; `active` are the runs that it trains already.

    A run that finds no free device does not end the loop: a run that waits for a GPU must not delay a run for
    the CPU. After a PlaceError no further run is tried: all get the same reason for their delay.
    """
    busy = [run.event("started").get("device", "cpu") for run in active if place.occupies(run)]
    startable = [run for run in waiting if not refusals.reason(run.folder)]
    closed: places.PlaceError | None = None
    for run in waiting:
        with refusals.isolated(run):
            if closed:
                raise closed
            threads = place.threads(alone=not busy and len(startable) <= 1)
            try:
                device = place.device(run, busy)
                refusals.forget_delay(run.folder)
                if device is not None and place.start(run, device, threads=threads):
                    busy.append(device)
            except places.PlaceError as error:
                closed = error
                raise
