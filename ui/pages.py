"""The app's pages in the order of the menu. A new page is one file in pages/ and one line here."""

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
    Page("texts", "Your texts", "folder_open", "texts", "Train"),
    Page("compare", "Compare runs", "compare_arrows", "compare", "Understand"),
    Page("inspect", "Look into a run", "troubleshoot", "inspect", "Understand"),
    Page("learn", "The networks", "school", "learn", "Understand"),
    Page("data", "The reviews", "menu_book", "data", "Understand"),
)


def link_to(script: str) -> Page:
    """The page of a script in pages/, for links. Raises KeyError."""
    return {page.script: page for page in PAGES}[script]


def by_group() -> dict[str, list[Page]]:
    """The pages of each group, groups and pages in the order of the menu."""
    return {page.group: [each for each in PAGES if each.group == page.group] for page in PAGES}
