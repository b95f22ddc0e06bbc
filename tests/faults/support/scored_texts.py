"""The network that scores reviews in rows, and texts that it cannot score."""

from imdb_core import paths
from imdb_core.scoring import predictor

MODEL = "cnn_lstm_dense"
NOTHING = [
    "",
    " ",
    "\n\t\n",
    "...",
    "!?!",
    "\0",
    "zzqx qqzz",
    "<>",
    "\u200b",
    "\ufeff",
    "\u3000",
    "ا ب ت",
    "😀 😀",
    "電影",
    "𐌲𐍉𐌸𐍃",
    "“…”",
    "———",
]
NOTHING += ["\x1b[31m", ";;;", "\ud800"]


def pretrained(name: str = MODEL) -> predictor.Predictor:
    """A pretrained network of the project."""
    return predictor.load(paths.PRETRAINED / name)
