"""Start queued runs on the free devices of their places. Called by the launcher."""

from collections import defaultdict

from imdb_core.runs import places, refusals, store


def start_queued(listed: list[store.Run]) -> None:
    """Start the waiting runs among the `listed`, oldest first, at each place for itself.

    Call it while holding the queue's lock. A place that cannot be used does not delay the runs of others.
    This machine comes first, as a cluster may answer slowly.
    """
    waiting = refusals.select(listed, lambda run: run.waits)
    waiting.sort(key=lambda run: run.event("queued").get("time") or "")
    refusals.keep_only(run.folder for run in waiting)
    active = refusals.select(listed, lambda run: run.active)
    by_place = defaultdict[str, list[store.Run]](list)
    for run in waiting:
        by_place[run.place].append(run)
    order = {name: number for number, name in enumerate(places.names())}
    for name, runs in sorted(by_place.items(), key=lambda item: order.get(item[0], len(order))):
        with refusals.isolated():
            _start_at(places.of(runs[0]), runs, [run for run in active if run.place == name])


def _start_at(place: places.Place, waiting: list[store.Run], active: list[store.Run]) -> None:
    """First in, first out per kind of device: a run that waits for a GPU does not delay a run for the CPU.

    If the place cannot be used now, all its runs stay queued for that reason.
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
