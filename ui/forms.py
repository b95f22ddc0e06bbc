"""The training form: network, values, what is wrong with them, and the runs that it starts.

Called by pages/train.py. The fields are in ui/hyperparameter_fields.py.
"""

from collections.abc import Sequence

import streamlit as st

from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.config import problems
from imdb_core.config.training_fields import STARTING, TEACHING
from imdb_core.data import sources
from imdb_core.errors import ConfigError, RunError, UserError, sentence
from imdb_core.runs import launcher, places, store
from imdb_core.runs.names import display_names
from imdb_core.scoring import language_models, teachers
from imdb_core.sweeps import sweep as sweep_module
from imdb_core.sweeps.sweep import SweepConfig
from ui.formats import counted, escaped
from ui.hyperparameter_fields import WIDGET_WIDTH, Fields
from ui.panels import data_set_choice

USUAL_VALUES, TUNED_VALUES = "usual", "tuned"


def network(default: str) -> str:
    """The network to train: one list, because all networks side by side would fill the screen."""
    names = architectures.all_names()
    return st.selectbox("Network", names, names.index(default), _title_with_group, key="network")


def tuned(network: str) -> bool:
    """Whether the form starts from tuned values; asks the user only if the network has tuned values."""
    if not architectures.get(network).tuned:
        return False
    values = st.selectbox(
        "Values",
        [USUAL_VALUES, TUNED_VALUES],
        help="usual: of a network of the tutorials, the tutorial's values. tuned: better values for the same "
        "layers, found on the validation reviews; training may take longer. The difference shows what tuning "
        "alone gains.",
        key="values",
    )
    return values == TUNED_VALUES


def place(default: str) -> str:
    """Where to train: asks the user only if there is more than one place. Shows faults of their settings."""
    for fault in places.faults():
        st.warning(escaped(fault))
    names = places.names()
    if len(names) == 1:
        return names[0]
    return st.selectbox(
        "Place",
        names,
        names.index(default) if default in names else 0,
        lambda name: places.named(name).title,
        help=configs.facts("place").help,
        key="place",
    )


def in_one_sentence(network: str) -> str:
    """What the network does, in Markdown."""
    first, _, _ = architectures.get(network).in_plain_words.partition(". ")
    return escaped(f"{first.removesuffix('.')}.")


def hyperparameters(network: str, start: configs.RunConfig, fields: Fields | None = None) -> dict:
    """All fields for the hyperparameters of `network`, the main ones first; returns the values by name."""
    fields = fields or Fields(network, start, problems.PRESET)
    taught, _ = teaching(fields, start.dataset)
    return main_hyperparameters(fields) | more_hyperparameters(fields) | taught | starting(fields)


def main_hyperparameters(fields: Fields) -> dict:
    """The fields of the few values that matter; returns the values by name."""
    return fields.values(_names(fields.network, main=True))


def more_hyperparameters(fields: Fields) -> dict:
    """All other fields, folded away."""
    with st.expander("More hyperparameters", icon=":material/tune:"):
        return fields.values(_names(fields.network, main=False))


def teachers_of(dataset: str) -> dict[str, str]:
    """The networks that can label the texts without labels of this data set: key -> title, "" for none."""
    return {"": "no teacher"} | {model.key: model.title for model in teachers.available(dataset)}


def teaching(fields: Fields, dataset: str) -> tuple[dict, int]:
    """The fields of the teacher, if the data set has texts without labels, or if a teacher is asked for.

    Returns (the values by name, the number of generations).
    """
    texts = sources.get(dataset).unlabelled_reviews
    if architectures.predicts_words(fields.network):
        return {}, 1
    if not texts and not fields.start.teacher:
        return {}, 1
    some = f"up to {texts:,} texts without labels" if texts else "this data set has no texts without labels"
    with st.expander(f"A teacher: {some}", icon=":material/school:", expanded=bool(fields.start.teacher)):
        st.markdown(
            "A trained network, the teacher, first says how probable each class is for the texts without "
            "labels. The new network then learns from these answers as well as from the labels."
        )
        values = fields.values(TEACHING)
        generations = 1
        if values["teacher"] and not fields.ranges:  # a sweep makes its runs itself
            generations = st.number_input(
                "Generations",
                1,
                teachers.MOST_GENERATIONS,
                help="Train this many runs, one after another. Each is the teacher of the next one.",
                width=WIDGET_WIDTH,
                key="generations",
            )
        return values, generations


def language_models_of() -> dict[str, str]:
    """The language models to start from: id -> title, "" for none."""
    runs = {run.id: run for run in language_models.available()}
    return {"": "random numbers"} | display_names(runs, None)


def starting(fields: Fields) -> dict:
    """The field for the language model to start from, if there is one, or if one is asked for."""
    offered = fields.options.get(STARTING[0], {})
    asked = fields.start.start_from
    fits = "word_vectors" in configs.hyperparameters(fields.network)
    if not asked and (not fits or len(offered) < 2):
        return {}
    with st.expander("Start from a language model", icon=":material/auto_stories:", expanded=bool(asked)):
        st.markdown(
            "A language model has learned from texts without labels which words are alike and how texts go "
            "on. The word vectors, and an LSTM that reads them, start with what it has learned."
        )
        return fields.values(STARTING)


def about_probes(network: str, many: str) -> str:
    """What the field for the user's own texts, `many`, is for."""
    if architectures.predicts_words(network):
        return (
            "Beginnings of texts, one per line, at most 5: you will see how the network continues them after "
            "each epoch."
        )
    return (
        f"{many[:1].upper()}{many[1:]} of your own, one per line, at most 5: you will see what the network "
        "thinks of them after each epoch."
    )


def sweep_settings(fields: Fields) -> dict:
    """The fields of a sweep: how runs are judged and chosen, and its budget; returns the values by name."""
    with st.container(key="sweep-settings"):
        return fields.settings()


def checked(
    start: configs.RunConfig, names: dict, values: dict
) -> tuple[configs.RunConfig, Sequence[configs.Problem]]:
    """The config of the form, and its problems. The value of `start` replaces a wrong value."""
    try:
        config = configs.preset(start.network, **names, **values)
        return config, [*teachers.problems(config), *language_models.problems(config)]
    except ConfigError as error:
        wrong = {name for problem in error.problems for name in problem.fields}
        allowed = {name: value for name, value in values.items() if name not in wrong}
        base = data_set_choice.on_data_set(start, names["dataset"], names["tokenizer"])
        try:
            return base.changed(**allowed), error.problems
        except ConfigError:
            return base, error.problems


def sweep(
    base: configs.RunConfig, name: str, fields: Fields, settings: dict
) -> tuple[SweepConfig | None, Sequence[configs.Problem]]:
    """The sweep of the form, and its problems; None if nothing varies, or if a problem remains."""
    if not fields.ranges:
        return None, ()
    values = {"name": name, "base": base.model_dump(), "space": list(fields.ranges.values()), **settings}
    try:
        return sweep_module.checked(values), ()
    except ConfigError as error:
        if not error.problems:  # it would stand at no field
            raise
        return None, error.problems


def start(config: configs.RunConfig, ids: Sequence[str], generations: int = 1) -> None:
    """Queue one run for each id, with seeds that count up from the config's seed.

    The ids come in groups of `generations`. A group has one seed; each run teaches the next one of its group.
    Ids of existing runs are left alone. Stops at the first failure. If no run was queued, the
    error passes on; else a RunError says which runs are queued.
    """
    planned = [
        each
        for number, first in enumerate(range(0, len(ids), generations))
        for each in teachers.generations(
            config.changed(seed=config.seed + number), ids[first : first + generations]
        )
    ]
    for each, id in zip(planned, ids, strict=True):
        try:
            launcher.submit(each, id)
        except (UserError, OSError) as error:
            queued = [one.seed for one, id in zip(planned, ids, strict=True) if store.exists(id)]
            if not queued:
                raise
            runs = f"{len(queued)} of {counted(len(ids), 'run')}"
            seeds = ", ".join(map(str, dict.fromkeys(queued)))
            raise RunError(f"Only {runs} could be queued (seed {seeds}). {sentence(error)}") from error


def new_ids(seeds: int) -> list[str]:
    """Ids for as many runs as one click can start with this many seeds."""
    return [store.new_id() for _ in range(seeds * teachers.MOST_GENERATIONS)]


def _names(network: str, *, main: bool) -> list[str]:
    names = [name for name in configs.hyperparameters(network) if name not in (*TEACHING, *STARTING)]
    return [name for name in names if configs.facts(name).main == main]


def _title_with_group(network: str) -> str:
    """The title, and the group of networks that it belongs to."""
    if architectures.predicts_words(network):
        return f"{architectures.get(network).title} (learns without labels)"
    group = "of the tutorials" if network in architectures.tutorial_names() else "beyond the tutorials"
    return f"{architectures.get(network).title} ({group})"
