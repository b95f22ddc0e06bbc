"""The chooser of the class whose share is explained. Called by the panels of the text box and by probes."""

from collections.abc import Sequence

from imdb_core import answers
from ui.formats import shortened
from ui.linked_widgets import linked_option


def chosen_class(
    label: str, classes: Sequence[str], *, default: int | None, link: str, of_default: str
) -> int | None:
    """The number of the class that the visitor has chosen; `default` until then.

    `of_default` names the default for people. Of two classes, one share says it all: there is no choice.
    """
    if answers.is_binary(classes):
        return default
    titles = {"": of_default} | {name: shortened(name, 60) for name in classes}
    name = linked_option(label, titles, link=link)
    return classes.index(name) if name else default
