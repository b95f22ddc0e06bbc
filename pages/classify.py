"""Type a review and see what a trained network thinks of it, while you type."""

import streamlit as st

from imdb_core.data import reading
from imdb_core.errors import UserError
from imdb_core.scoring import explanations, models, predictor
from imdb_core.scoring.time_limit import EXPLAIN_SECONDS, at_most
from ui import charts, words
from ui.components import chart, review_box, seen_words, set_review, verdict_meter
from ui.examples import EXAMPLES
from ui.parts import csv_download, linked_choice, linked_choices, linked_slider, page_heading, tried
from ui.waiting import pause

SHOWN_WORDS = 600
EXPLAINED_WORDS = 250  # explained while typing; a longer review only on request

page_heading("Type a review, see the score", tab="Type a review")
choices = {model.key: model for model in models.available()}
wanted = st.query_params.get("model")
if wanted and wanted not in choices:
    tried(models.find, wanted)  # says why not
if not choices:
    st.info(
        "There is no trained network yet. Train one: the smallest takes about a minute.",
        icon=":material/info:",
    )
    st.page_link("pages/train.py", label="Train a network", icon=":material/model_training:")
    st.stop()


@st.fragment
def live_score():
    """Only this reruns while the user types."""
    key = linked_choice(
        "Network", {key: model.title for key, model in choices.items()}, link="model", forget="epoch"
    )
    with st.container(horizontal=True):
        for name, text in EXAMPLES.items():
            st.button(name, on_click=set_review, args=(text,), kwargs={"key": "review"})
    text, characters = review_box(key="review", longest=reading.LONGEST_TEXT)
    if not text.strip():
        st.caption("The score appears here as you type. No idea? Click one of the examples above the box.")
        return
    if characters > reading.LONGEST_TEXT:
        said = f"This review has {characters:,} characters; only the last {reading.LONGEST_TEXT:,} are looked at."
        st.warning(said, icon=":material/content_cut:")
    side_by_side = st.toggle("Several networks side by side", key="all", bind="query-params")
    if side_by_side:
        show_several(text)
    else:
        show_one(choices[key], text)


def show_one(model, text):
    """Verdict, probability, and what this network saw, after the epoch that the slider is at."""
    network = tried(predictor.load, model.folder)
    network = network and tried(predictor.load, model.folder, chosen_epoch(model.run, network))
    score = network and tried(network.score, text)
    if score is None:
        return
    verdict_meter(score.probability, color=words.color(model.run.network))
    seen = score.reading
    padding = f"; filled up in front with {seen.padding} empty positions" if seen.padding else ""
    st.caption(
        f"{len(seen.words):,} words: {len(seen.words) - seen.cut - len(seen.unknown):,} read, "
        f"{len(seen.unknown):,} unknown to this network, {seen.cut:,} cut off in front{padding}."
    )
    long = len(seen.words) - seen.cut > EXPLAINED_WORDS
    explained = not long or st.toggle("Explain this long review (takes a second or two)", key="explain")
    with at_most(EXPLAIN_SECONDS, pause) as limit:
        effects = tried(explanations.word_effects, network, seen, limit) if explained else None
        show_words(seen, [] if effects is None else effects)
        show_attention(seen, tried(network.attention, seen, limit))
        if effects is not None and (curve := tried(explanations.running_score, network, seen, limit)):
            show_running_score(seen, *curve, words.color(model.run.network))


def chosen_epoch(run, best):
    """The epoch whose network answers, chosen with a slider from all saved epochs.

    `best` is the network of the epoch that the run keeps.
    """
    if len(best.epochs) == 1:
        return best.epoch
    options = {epoch: f"epoch {epoch}" + (" (kept)" if epoch == best.epoch else "") for epoch in best.epochs}
    help = "Go back in time: the same network as it was after each epoch of its training. Score, words and curve follow."
    epoch = linked_slider("As it was after", options, link="epoch", default=best.epoch, help=help)
    right = {row["epoch"]: row["val_accuracy"] for row in run.epochs if row.get("val_accuracy") is not None}
    if epoch != best.epoch and {epoch, best.epoch} <= right.keys():
        st.caption(
            f"Right on {right[epoch]:.1%} of the validation reviews then, on {right[best.epoch]:.1%} after "
            f"epoch {best.epoch}, which is kept ({words.KEPT_BY})."
        )
    return epoch


def show_words(seen, effects):
    """The review as the network sees it, each word with what it contributes."""
    strongest = max(map(abs, effects), default=0)
    key = [("What the network sees:", "read"), ("unknown word", "unknown"), ("cut off, not read", "cut")]
    if len(effects):
        key += [
            ("makes it more positive", "read", *words.effect(0.1, 0.1)),
            ("more negative", "read", *words.effect(-0.1, 0.1)),
        ]
        key += [("(percentage points, found by leaving the word out)", "read")]
    seen_words(marked(seen, [words.effect(value, strongest) for value in effects]), key)


def show_attention(seen, shares):
    """Where a network with attention looked: each word with its share."""
    if shares is None:
        return
    largest = float(shares.max())
    said = f"Its attention: {shares.sum():.0%} on the words that it read"
    if len(seen.ids) > len(shares) or seen.padding:
        said += ", the rest on the start token and on empty positions"
    key = [
        (f"{said}.", "read"),
        ("a large share", "read", *words.share(largest, largest)),
        ("(per cent)", "read"),
    ]
    seen_words(marked(seen, [words.share(value, largest) for value in shares]), key, name="attention")
    st.caption(
        "The shares tell where the network looked, not why it decided so: for that, see what leaving a word out changes."
    )


def marked(seen, marks):
    """The last words of the review with their status and `marks`, of which the last belongs to the last word."""
    marks = [("", "")] * (len(seen.words) - len(marks)) + marks
    shown = [(*parts, *mark) for *parts, mark in zip(seen.words, seen.statuses, marks, strict=True)][
        -SHOWN_WORDS:
    ]
    left_out = len(seen.words) - len(shown)
    return ([(f"[{left_out:,} more words]", "cut")] if left_out else []) + shown


def show_running_score(seen, positions, probabilities, color):
    """The curve of the probability over the words."""
    st.markdown("**How the score moves, word by word** (the review read only up to that word)")
    turn = (
        positions[int(abs(probabilities[1:] - probabilities[:-1]).argmax()) + 1]
        if len(positions) > 1
        else positions[0]
    )
    said = f"Probability of positive after each word; it moves most at “{seen.words[turn]}” and ends at {probabilities[-1]:.1%}."
    figure = charts.running_score(seen.words, positions, probabilities, color)
    chart(figure, key="running-score", alt=said)
    read = [seen.words[position] for position in positions]
    columns = {
        "after word": [position + 1 for position in positions],
        "word": read,
        "positive": list(probabilities),
    }
    csv_download(columns, file_name="running-score.csv")


def show_several(text):
    """The same review through every chosen network."""
    titles = {key: model.title for key, model in choices.items()}
    chosen = linked_choices(
        "Networks", titles, link="models", default=list(titles)[: predictor.MODELS_IN_MEMORY]
    )
    scored = []
    with at_most(EXPLAIN_SECONDS, pause) as limit:
        for model in map(choices.get, chosen):
            try:
                scored.append(
                    (
                        model.title,
                        model.run.network,
                        predictor.load(model.folder).score(text, limit).probability,
                    )
                )
            except UserError as error:
                st.caption(f"{words.plain(model.run.name)}: {words.plain(error)}")
    if scored:
        low, high = min(row[2] for row in scored), max(row[2] for row in scored)
        said = f"{len(scored)} networks say between {low:.1%} and {high:.1%} positive."
        chart(charts.probabilities(scored), key="all-models", alt=said)
        st.caption(said)
        columns = dict(zip(("model", "network", "positive"), zip(*scored, strict=True), strict=True))
        csv_download(columns, file_name="networks.csv")


live_score()
st.divider()
st.page_link(
    "pages/train.py", label="Train your own network and type again", icon=":material/model_training:"
)
