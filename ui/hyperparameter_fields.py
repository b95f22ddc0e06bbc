"""The fields of the training form, made from RunConfig's fields, each with the problem of its value below it.

Called by ui/forms.py and pages/train.py. Numbers are typed into text fields: a browser's number field drops
the comma of "0,001" silently, and passes on no text that it does not understand.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import streamlit as st

from imdb_core import config as configs
from imdb_core.config import typed
from imdb_core.sweeps import fields as sweep_fields
from ui import labels, messages, varying
from ui.browser import component
from ui.formats import escaped

WIDGET_WIDTH = 176  # pixels; as many side by side as fit, two on a phone
OPTIONS_WIDTH = 300  # of a list with the titles of networks
_FIELD_MARKS = component("field_marks", isolate_styles=False)


class Fields:
    """The fields of one network. At first they show the values of `start`, which belong to `owner`."""

    def __init__(
        self,
        network: str,
        start: configs.RunConfig,
        owner: str,
        options: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    ):
        """`options` maps a text field to the values that this machine offers, with their titles."""
        self.network, self.start, self.owner, self.options = network, start, owner, options
        self.slots, self.keys = {}, {}  # field -> the place for its problems, the key of its widget
        self.starts = start.model_dump()  # field -> the value that it shows at first
        self.ranges = {}  # hyperparameter that varies -> its range, as typed

    def values(self, names: Iterable[str]) -> dict:
        """Draw the fields side by side; returns the values by name. What is no number stays text."""
        with st.container(horizontal=True):
            return {name: self._drawn(name, getattr(self.start, name)) for name in names}

    def place(self, name: str, *, width: int | str = WIDGET_WIDTH, problems=None):
        """The container for the field `name`: the widget comes first, then what is wrong with its value.

        The sentence stands in the container `problems` if the field is too narrow for it.
        """
        container = st.container(key=f"field-{name}", width=width, gap="xxsmall")
        widget = container.container()
        below = container if problems is None else problems
        self.slots[name] = below.container(key=f"problem-{name}", gap="xxsmall")
        return widget

    def settings(self) -> dict:
        """Draw the fields of the sweep side by side; returns the values by name."""
        with st.container(horizontal=True):
            return {name: self._setting(name) for name in sweep_fields.SHOWN}

    def show(self, problems: Sequence[configs.Problem], doubts: Sequence[configs.Problem], chosen: Mapping):
        """Show the problem, or else the doubt, at each field; returns (wrong fields, doubtful fields).

        `chosen` holds the values of the form.
        """
        errors = self._by_field(problems, chosen)
        warnings = {name: each for name, each in self._by_field(doubts, chosen).items() if name not in errors}
        for icon, found in (("error", errors), ("warning", warnings)):
            for name, problem in found.items():
                with self.slots[name]:
                    text = problem.sentence(labels.label, self.owner, **self.starts)
                    st.markdown(f":material/{icon}: {escaped(text)}")
                    self._show_correction(name, problem, chosen)
        marks = [[name, name in errors] for name in (*errors, *warnings)]
        _FIELD_MARKS(key="field marks", height=1, data={"fields": marks, "steps": self._steps()})
        return list(errors), list(warnings)

    def _steps(self):
        """[field, step of the arrow keys] of each number."""
        facts = {name: labels.facts(name) for name in self.keys}
        return [[name, each.step] for name, each in facts.items() if each.low is not None]

    def _by_field(self, problems, chosen):
        """Field -> its last problem. A problem of several fields stands at the changed fields.

        If the user has changed none of its fields, the problem stands at all of them.
        """
        by_field = {}
        for problem in problems:
            shown = [name for name in problem.fields if name in self.slots]
            changed = [name for name in shown if chosen.get(name) != self.starts.get(name)]
            by_field |= dict.fromkeys(changed or shown, problem)
        return by_field

    def _show_correction(self, name, problem, chosen):
        """Show a button that sets the field to the better value, or to the value of `start`."""
        value = problem.better.get(name, self.starts.get(name))
        key = self.keys.get(name)
        if key is None or value is None or value == chosen.get(name):
            return
        text = labels.choice_of(name, value) if isinstance(value, str) else typed.text(value)
        st.button(
            f"Use {text}",
            type="tertiary",
            icon=":material/undo:",
            key=f"use-{name}",
            on_click=messages.clicked,
            args=(_set, key, value if isinstance(value, str) else text),
        )

    def _drawn(self, name, value):
        """The widget that fits a field; returns its value.

        Its key holds network and start value, so choosing a preset shows the preset's values.
        """
        if name in varying.varied(self.network):
            self.ranges[name] = varying.show_range(self, name)
            return value
        facts = configs.facts(name)
        self.keys[name] = key = f"{self.network}.{name}.{value}"
        with self.place(name, width=OPTIONS_WIDTH if name in self.options else WIDGET_WIDTH):
            chosen = self._widget(name, value, facts, key)
            with st.container(key=f"vary-button-{name}"):
                varying.show_button(self.network, name)
        return chosen

    def _widget(self, name, value, facts, key):
        if facts.choices:
            words = list(facts.choices)
            first = words.index(value)
            return st.selectbox(facts.label_with_unit, words, first, labels.choice, help=facts.help, key=key)
        if options := self.options.get(name):
            titles = {value: value, **options}  # a link may ask for a value that is not there any more
            if st.session_state.get(key, value) not in titles:  # it was deleted since the form was shown
                del st.session_state[key]
            return st.selectbox(
                facts.label,
                list(titles),
                list(titles).index(value),
                titles.get,
                help=facts.help,
                key=key,
            )
        if facts.low is None:
            return st.text_input(facts.label_with_unit, value, help=facts.help, key=key)
        help = f"{facts.help} From {facts.low:,} to {facts.high:,}."
        return typed.value(name, st.text_input(facts.label_with_unit, typed.text(value), help=help, key=key))

    def _setting(self, name):
        """The widget for a field of the sweep; returns its value. What is no number stays text."""
        facts = labels.facts(name)
        self.keys[name], self.starts[name] = key, value = f"sweep.{name}", facts.default
        with self.place(name):
            if facts.choices:
                words = list(facts.choices)
                return st.selectbox(
                    facts.label, words, words.index(value), facts.choices.get, help=facts.help, key=key
                )
            text = st.text_input(facts.label_with_unit, typed.text(value), help=facts.help, key=key)
            return typed.of_kind(facts.kind, text)


def _set(key, value):
    """Give a widget a value, as the callback of a button."""
    st.session_state[key] = value
