"""What the Watch page shows of a run that moves, as texts and numbers for ui/browser/live_run.js.

The page hands it over when it is drawn, and the route (ui/live_route.py) when the browser asks. So a reload
and an update show the same words.
"""

from imdb_core.evaluation import doctor
from imdb_core.runs import live, notes
from imdb_core.runs.live import Look
from imdb_core.sentences import Sentence
from ui.formats import duration, percent
from ui.run_sentences import perplexity, quality, tab


def status(look: Look) -> dict:
    """State, progress, phase and figures of a run, for JSON. A damaged run has only its state."""
    run = look.run
    answer = {"state": run.state, "position": ".".join(map(str, look.position)), "tab": tab(run)}
    if look.progress is None:
        return answer
    return answer | {
        "moving": look.moving,
        "again": live.ask_seconds(look),
        "share": look.progress.share if run.active or run.state == "finished" else None,
        "activity": _activity(look),
        "phase": _phase(look),
        "figures": _figures(look),
        "announcement": _announcement(look),
        "details": details(look),
    }


def details(look: Look) -> dict:
    """Values that change if the lower part of the page has something new: findings, epochs or probes."""
    run = look.run
    titles = [finding.title for finding in doctor.findings(run)] if doctor.ready(run) else None
    probes = sum("probes" in row or "texts" in row for row in run.epochs)
    return {"finding": f"{titles} {len(notes.notes(run))}", "epochs": len(run.epochs), "probes": probes}


def _activity(look):
    """What happens now, without its duration."""
    if look.place and not look.run.delay:
        return _place(look.place)
    if look.phase:
        return Sentence(look.phase.code)
    return look.progress.activity


def _phase(look):
    """Seconds since the phase began, and how long it usually takes here; None while points come."""
    if look.phase is None:
        return None
    return {"seconds": look.phase.seconds, "usual": look.phase.usual_seconds}


def _figures(look):
    """(name, value) of the figures beside the progress bar."""
    how_far, run = look.progress, look.run
    if run.state in ("queued", "unreachable") or not run.active:
        return []
    speed = how_far.words_per_second
    left = "not known yet" if how_far.seconds_left is None else f"about {duration(how_far.seconds_left)}"
    return [
        ("epoch", f"{how_far.epoch} of {how_far.epochs}"),
        ("time left", left),
        quality(run),
        ("words per second", f"{speed:,.0f}" if speed else "not known yet"),
    ]


def _place(place):
    """Where a queued run waits, for instance "Number 2 in the queue, after “B”"."""
    after = f", after “{place.before}”" if place.before else ""
    left = f", which has about {duration(place.seconds_left)} left" if place.seconds_left is not None else ""
    if place.number > 1:
        left = f"; the training run has about {duration(place.seconds_left)} left" if left else ""
    return f"Number {place.number} in the queue{after}{left}. The run starts by itself."


def _announcement(look):
    """What a screen reader says: the state, and each finished epoch."""
    run = look.run
    if run.state == "unreachable":  # without its sentence, whose number of seconds changes
        return "The run is unreachable: it is not known whether it goes on."
    if run.active and run.epochs:
        last = run.epochs[-1]
        done = f"Epoch {last['epoch']} of {look.progress.epochs} is done"
        if run.predicts_words:
            return f"{done}: perplexity {perplexity(run)} at best."
        return f"{done}: validation accuracy {percent(last['val_accuracy'])}."
    if run.state == "finished" and run.predicts_words:
        return "Training has finished. Your language model is ready."
    if run.state == "finished":
        return "Training has finished. Your network is ready: type with it."
    return f"The run is {run.state}. {run.message or ''}".strip()
