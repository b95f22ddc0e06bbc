"""What must not be written anywhere: secrets of the environment, and the reviews that visitors type. See
rows.py.
"""

from pathlib import Path

from imdb_core import config as configs
from imdb_core.runs import launcher, store
from tests.faults.made import finished_run, trained_copy
from tests.faults.rows import Found, finished, row, until
from tests.faults.server import Visitor, broken_in_the_server, serving

SECRETS = {
    "HF_TOKEN": "canary-hf-8147",
    "AWS_SECRET_ACCESS_KEY": "canary-aws-8147",
    "OPENAI_API_KEY": "canary-key-8147",
}
REVIEW = "canaryreview8147"


def holding(place: Path, mark: str) -> list[str]:
    """The files below `place` that hold `mark`."""
    return [path.name for path in place.rglob("*") if path.is_file() and mark.encode() in path.read_bytes()]


@row(
    "G9",
    "secrets of the environment and errors everywhere",
    "0 hits in logs, folders and pages",
    breaks=("a talkative worker",),
)
def secrets(place, patch, broken):
    for name, value in SECRETS.items():
        patch.setenv(name, value)
    if broken:
        program = "import os, sys\nif 'worker' in str(sys.orig_argv): print({k: v for k, v in os.environ.items() if 'TOKEN' in k})"
        broken_in_the_server(place, patch, program)
    data = place / "data"
    data.mkdir()
    (data / "imdb.npz").write_bytes(b"no archive")
    (data / "imdb_word_index.json").write_bytes(b"{")
    patch.setenv("IMDB_DATA_DIR", str(data))
    runs = [
        launcher.submit(configs.preset("lstm", name="will fail"))
    ]  # the real worker; it fails before it loads Keras
    until(lambda: store.read(runs[0].folder).state in store.ENDED)
    damaged = finished_run()
    (damaged.folder / "config.json").write_text("{")
    said = [] if broken else finished(_errors_everywhere(place, patch, runs[0], damaged))
    (place / "broken").exists() and (place / "broken" / "sitecustomize.py").unlink()
    hits = [hit for secret in SECRETS.values() for hit in holding(place, secret)]
    leaks = [text for text in said if "canary-" in text or "Traceback" in text]
    figure = f"{len(hits)} files {sorted(set(hits))[:2] or ''}, {len(leaks)} of {len(said)} error messages hold a secret"
    return Found(figure, not hits and not leaks and store.read(runs[0].folder).state == "failed")


async def _errors_everywhere(place, patch, failed, damaged) -> list[str]:
    """What the pages say, among it to a bug of the app's own with a secret in its message."""
    (place / "bug").mkdir()
    broken_in_the_server(place / "bug", patch, BUG)
    links = [
        ("watch", {"run": failed.id}),
        ("watch", {"run": damaged.id}),
        ("watch", {"run": "x"}),
        ("", {"model": "x"}),
    ]
    links += [("compare", {"runs": "x"}), ("train", {"from": "x"}), ("inspect", {"run": "x"}), ("runs", {})]
    said = []
    with serving(place) as server:
        for page, query in links:
            visitor = await Visitor(server, page, **query).open()
            said += [
                str(element)
                for element in visitor.elements.values()
                if element.WhichOneof("type") in ("alert", "exception")
            ]
            await visitor.close()
    return said


BUG = """
import os
from imdb_core.runs import launcher
def runs():
    held = os.environ["HF_TOKEN"]
    raise RuntimeError("a bug of the app")
if "streamlit" in str(__import__("sys").orig_argv):
    launcher.runs = runs
"""


@row("G10", "typed reviews are stored or logged", "0 hits in files and logs", breaks=("a curious log",))
def typed_reviews(place, patch, broken):
    if broken:
        broken_in_the_server(place, patch, CURIOUS)
    trained_copy()
    finished(_type_everywhere(place))
    hits = [name for name in holding(place, REVIEW) if name != "sitecustomize.py"]
    return Found(f"{len(hits)} files hold the review {sorted(set(hits))[:2] or ''}".strip(), not hits)


CURIOUS = """
from imdb_core.data import reading
words = reading.text_tokens
reading.text_tokens = lambda text: (print(text, flush=True), words(text))[1]
"""


async def _type_everywhere(place) -> None:
    """A review that is scored, one that is refused, one that is too long, and one after an error in the link."""
    with serving(place) as server:
        for query in ({}, {"all": "true"}, {"model": "nowhere"}):
            visitor = await Visitor(server, **query).open()
            for text in (
                f"a fine film {REVIEW}",
                REVIEW,
                f"{REVIEW} film " * 6000,
                f"\ud83d {REVIEW}".encode(errors="replace").decode(),
            ):
                await visitor.type(text)
            await visitor.close()
