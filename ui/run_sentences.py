"""What pages say about a run: its tab title, device and kept epoch; its classes; its p-values."""

import math

from imdb_core.evaluation.balance import Balance
from imdb_core.evaluation.comparisons import Pair
from imdb_core.runs.progress import progress
from imdb_core.runs.store import Run
from ui.formats import counted, percent, shortened

KEPT_BY = "lowest validation loss"  # a run keeps the network of the epoch with the lowest validation loss
NAMED_CLASSES = 8  # in a list of counts
KEPT_ACCURACY = "validation accuracy of the kept epoch"


def tab(run: Run) -> str:
    """The title of a browser's tab: "72 % · my run", "ready · my run" for a network that can be used.

    In all other states the title begins with the state.
    """
    if run.state == "running":
        return f"{100 * progress(run).share:.0f} % · {run.name}"
    is_ready = run.state == "finished" and (run.has_model or run.predicts_words)
    return f"{'ready' if is_ready else run.state} · {run.name}"


def quality(run: Run) -> tuple[str, str]:
    """The name and the value of the figure that says how good the best epoch so far is."""
    if run.predicts_words:
        return "perplexity", perplexity(run)
    return "validation accuracy", best_accuracy(run)


def best_accuracy(run: Run) -> str:
    """The accuracy on the validation texts after the best epoch so far."""
    return percent(run.best["val_accuracy"]) if run.best else "no epoch yet"


def perplexity(run: Run) -> str:
    """The perplexity of a language model on the validation texts, e to its loss, after the best epoch so far.

    It is the number of equally likely words that would be as hard to predict.
    """
    loss = run.best.get("val_loss")
    return "no epoch yet" if loss is None else f"{math.exp(min(loss, 100)):,.1f}"


def device(started: dict) -> str:
    """Where a run trains or trained, from its event "started"."""
    if started["device"] == "cpu":
        return f"cpu, {counted(started['threads'], 'thread')}"
    return started["device"]


def taught(run: Run, texts: str) -> str:
    """From what a run with a teacher learned; empty for any other run. `texts` is what its texts are."""
    recorded = [(event.get("reviews"), event.get("taught_reviews")) for event in run.events]
    for reviews, taught_reviews in recorded:
        if isinstance(reviews, int) and isinstance(taught_reviews, int):
            return (
                f"It learned from {reviews - taught_reviews:,} {texts} with labels and from "
                f"{taught_reviews:,} that its teacher {run.config.teacher} has labelled. The training "
                "accuracy counts agreement with the teacher, too."
            )
    return ""


def kept_epoch(run: Run) -> str:
    """Which epoch of a run is kept and why, in the same words on all pages.

    If another epoch had a higher validation accuracy, a second sentence names that epoch.
    """
    best = run.best
    if not best:
        return "No epoch is done yet, so no epoch is kept."
    if run.predicts_words:
        return f"Kept: epoch {best['epoch']}, {KEPT_BY} ({best['val_loss']:.3f} nats a word)."
    loss, accuracy = f"{best['val_loss']:.3f}", percent(best["val_accuracy"])
    sentence = f"Kept: epoch {best['epoch']}, {KEPT_BY} ({loss}); its validation accuracy {accuracy}."
    scored = [row for row in run.epochs if row["val_accuracy"] is not None]
    highest = max(scored, key=lambda row: row["val_accuracy"], default=best)
    if best["val_accuracy"] is None or highest["val_accuracy"] <= best["val_accuracy"]:
        return sentence
    loss = f" at a validation loss of {highest['val_loss']:.3f}" if highest["val_loss"] is not None else ""
    return f"{sentence} Epoch {highest['epoch']} had {percent(highest['val_accuracy'])}{loss}."


def class_counts(balance: Balance, texts: str) -> str:
    """How many training texts each class has, the largest first; of many classes only the largest."""
    largest = sorted(zip(balance.counts, balance.classes, strict=True), key=lambda row: -row[0])
    named = ", ".join(f"{count:,} {shortened(name)}" for count, name in largest[:NAMED_CLASSES])
    more = len(largest) - NAMED_CLASSES
    others = f" and {more} more classes with {sum(count for count, _ in largest[NAMED_CLASSES:]):,}"
    return f"Training {texts}: {named}{others if more > 0 else ''}."


def p_value(pair: Pair) -> str:
    """p = 0.046 or p < 0.001, and for how many comparisons the value is corrected."""
    sentence = p_number(pair)
    return f"{sentence}, corrected for {pair.tests} comparisons" if pair.tests > 1 else sentence


def p_number(pair: Pair) -> str:
    """p = 0.046 or p < 0.001, corrected, for tables that say elsewhere for how many comparisons."""
    p = pair.p if pair.corrected is None else pair.corrected
    return f"p {'<' if p < 0.001 else '='} {max(p, 0.001):.3f}"
