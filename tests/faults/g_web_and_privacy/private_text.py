"""Secrets in environment variables and typed reviews must not be written anywhere."""

from pathlib import Path

from imdb_core import config as configs
from imdb_core.runs import launcher, layout, store
from tests.faults.rows import Outcome, row
from tests.faults.support.sample_runs import finished_run, trained_copy
from tests.faults.support.server import Visitor, break_new_processes, serving
from tests.faults.support.waiting import run_coroutine, wait_until

SECRETS = {
    "HF_TOKEN": "canary-hf-8147",
    "AWS_SECRET_ACCESS_KEY": "canary-aws-8147",
    "OPENAI_API_KEY": "canary-key-8147",
}
REVIEW = "canaryreview8147"
TALKATIVE_WORKER = """
import os, sys
if "worker" in str(sys.orig_argv):
    print({name: value for name, value in os.environ.items() if "TOKEN" in name})
"""


def holding(place: Path, mark: str) -> list[str]:
    """The files below `place` that hold `mark`."""
    return [path.name for path in place.rglob("*") if path.is_file() and mark.encode() in path.read_bytes()]


@row(
    "G9",
    "secrets in environment variables, and errors everywhere",
    "0 hits in logs, folders and pages",
    breaks=("a talkative worker",),
)
def secrets(place, patch, broken):
    for name, value in SECRETS.items():
        patch.setenv(name, value)
    if broken:
        break_new_processes(place, patch, TALKATIVE_WORKER)
    data = place / "data"
    data.mkdir()
    (data / "imdb.npz").write_bytes(b"no archive")
    (data / "imdb_word_index.json").write_bytes(b"{")
    patch.setenv("IMDB_DATA_DIR", str(data))
    # The real worker fails before it loads Keras.
    runs = [launcher.submit(configs.preset("lstm", name="will fail"))]
    wait_until(lambda: store.read(runs[0].folder).state in store.ENDED)
    damaged = finished_run()
    (damaged.folder / layout.CONFIG).write_text("{")
    messages = [] if broken else run_coroutine(_errors_everywhere(place, patch, runs[0], damaged))
    (place / "broken").exists() and (place / "broken" / "sitecustomize.py").unlink()
    hits = [hit for secret in SECRETS.values() for hit in holding(place, secret)]
    leaks = [text for text in messages if "canary-" in text or "Traceback" in text]
    figure = f"{len(hits)} files {sorted(set(hits))[:2] or ''} "
    figure += f"and {len(leaks)} of {len(messages)} error messages hold a secret"
    return Outcome(figure, not hits and not leaks and store.read(runs[0].folder).state == "failed")


async def _errors_everywhere(place, patch, failed, damaged) -> list[str]:
    """The error messages of all pages, one of them about a bug of the app with a secret in a variable."""
    (place / "bug").mkdir()
    break_new_processes(place / "bug", patch, BUG)
    links = [
        ("watch", {"run": failed.id}),
        ("watch", {"run": damaged.id}),
        ("watch", {"run": "x"}),
        ("", {"model": "x"}),
    ]
    links += [("compare", {"runs": "x"}), ("train", {"from": "x"}), ("inspect", {"run": "x"}), ("runs", {})]
    messages = []
    with serving(place) as server:
        for page, query in links:
            visitor = await Visitor(server, page, **query).open()
            messages += [
                str(element)
                for element in visitor.elements.values()
                if element.WhichOneof("type") in ("alert", "exception")
            ]
            await visitor.close()
    return messages


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
        break_new_processes(place, patch, CURIOUS)
    trained_copy()
    run_coroutine(_type_everywhere(place))
    hits = [name for name in holding(place, REVIEW) if name != "sitecustomize.py"]
    return Outcome(f"{len(hits)} files hold the review {sorted(set(hits))[:2] or ''}".strip(), not hits)


CURIOUS = """
from imdb_core.data import reading
clean = reading.clean
reading.clean = lambda text: (print(text, flush=True), clean(text))[1]
"""


async def _type_everywhere(place) -> None:
    """Type reviews that are scored, refused or too long, on pages with good and bad links."""
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
