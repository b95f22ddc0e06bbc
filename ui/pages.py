"""The app's pages in the order of the menu, and the way through them: which page comes after which.

A new page is one file in pages/ and one line here.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """A page: script in pages/ without ".py", title and group in the menu, icon, path in the link."""

    script: str
    title: str
    icon: str  # a name of fonts.google.com/icons
    path: str  # "" is the first page
    group: str

    @property
    def file(self) -> str:
        """The script's path, as Streamlit's links want it."""
        return f"pages/{self.script}.py"


PAGES = (
    Page("classify", "Type a review", "edit_note", "", "Start"),
    Page("train", "Train a network", "model_training", "train", "Train"),
    Page("watch", "Watch a run", "monitoring", "watch", "Train"),
    Page("runs", "All runs", "list_alt", "runs", "Train"),
    Page("sweeps", "Sweeps", "manage_search", "sweeps", "Train"),
    Page("texts", "Your texts", "folder_open", "texts", "Train"),
    Page("compare", "Compare runs", "compare_arrows", "compare", "Understand"),
    Page("inspect", "Look into a run", "troubleshoot", "inspect", "Understand"),
    Page("learn", "The networks", "school", "learn", "Understand"),
    Page("data", "The reviews", "menu_book", "data", "Understand"),
)


@dataclass(frozen=True)
class Step:
    """A step of the way: the page it leads to, and what the visitor does there."""

    script: str
    label: str


# From each page to the next: train, watch, type, look into, compare, and train a variant.
WAY = {
    "classify": Step("train", "Train a network of your own"),
    "train": Step("watch", "Watch it learn"),
    "watch": Step("classify", "Type with this network"),
    "runs": Step("compare", "Compare runs"),
    "sweeps": Step("compare", "Compare runs"),
    "texts": Step("train", "Train on your texts"),
    "compare": Step("train", "Train a variant"),
    "inspect": Step("compare", "Compare it with another run"),
    "learn": Step("train", "Train this network"),
    "data": Step("train", "Train on these texts"),
}
AFTER_OWN_NETWORK = Step("inspect", "Look into its errors")  # instead of the step from "classify"
WITHOUT_OWN_TEXTS = Step("train", "Train on film reviews meanwhile")  # instead of the step from "texts"
WHILE_TRAINING = Step("learn", "See how this network works")  # instead of the step from "watch"

RUN, DATA_SET, NETWORK = "run", "data set", "network"
# What a page is about -> the parameter of its link that names it.
ABOUT = {
    "classify": {RUN: "model"},
    "train": {RUN: "from", DATA_SET: "dataset", NETWORK: "network"},
    "watch": {RUN: "run"},
    "compare": {RUN: "runs"},
    "inspect": {RUN: "run"},
    "learn": {NETWORK: "network"},
    "data": {DATA_SET: "corpus"},
    "texts": {DATA_SET: "set"},
}


def link_to(script: str) -> Page:
    """The page of a script in pages/, for links. Raises KeyError."""
    return {page.script: page for page in PAGES}[script]


def by_path(path: str) -> Page:
    """The page with this path in its link. Raises KeyError."""
    return {page.path: page for page in PAGES}[path]


def by_group() -> dict[str, list[Page]]:
    """The pages of each group, groups and pages in the order of the menu."""
    return {page.group: [each for each in PAGES if each.group == page.group] for page in PAGES}
