"""The app's pages in the order of the menu. A new page is one file in pages/ and one line here."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """A page: its script in pages/ without ".py", title in the menu, icon, and path in the link."""

    script: str
    title: str
    icon: str  # a name of fonts.google.com/icons
    path: str  # "" is the first page

    @property
    def file(self) -> str:
        """The script's path, as Streamlit's links want it."""
        return f"pages/{self.script}.py"


PAGES = (
    Page("classify", "Type a review", "edit_note", ""),
    Page("learn", "The five networks", "school", "learn"),
    Page("train", "Train a network", "model_training", "train"),
    Page("watch", "Watch a run", "monitoring", "watch"),
    Page("runs", "All runs", "list_alt", "runs"),
    Page("compare", "Compare runs", "compare_arrows", "compare"),
    Page("inspect", "Look into a run", "troubleshoot", "inspect"),
    Page("texts", "Your texts", "folder_open", "texts"),
    Page("data", "The reviews", "menu_book", "data"),
)
