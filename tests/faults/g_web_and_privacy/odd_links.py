"""Links to pages with odd values."""

from random import Random

from imdb_core.runs import store
from tests.faults.rows import Outcome, row
from tests.faults.support.sample_runs import Tab, finished_run, trained_copy

LINKS = {  # page -> the parameters of its links
    "classify": ("model", "epoch", "all", "models"),
    "train": ("from", "change", "network", "dataset"),
    "watch": ("run",),
    "runs": ("find", "sort", "state", "network", "dataset", "view"),
    "compare": (
        "data",
        "runs",
        "baseline",
        "curve",
        "over",
        "smoothing",
        "log",
        "bands",
        "difference",
        "pair",
    ),
    "inspect": ("run", "threshold", "view", "words", "reviews-page"),
    "data": ("corpus", "number", "label", "length", "vocabulary"),
    "learn": ("network",),
    "texts": ("set",),
}
OFTEN = (
    "watch",
    "watch",
    "watch",
    "train",
    "classify",
    "classify",
    "runs",
    "compare",
    "inspect",
    "data",
    "learn",
)
ODD = [
    "",
    " ",
    "0",
    "-1",
    "1e400",
    "NaN",
    "9" * 5000,
    "x" * 5000,
    "true",
    "[]",
    "{}",
    "null",
    "a=b",
    "units=1e9",
    "network=",
    "=",
    ",",
]
ODD += [
    ",,,",
    "pretrained/lstm",
    "pretrained/x",
    "\0",
    "\ud800",
    "\u202e",
    "<b>",
    "%s%n",
    "../..",
    "units=NaN",
    "name=\0",
    "lstm,lstm",
]


@row("G14", "links hold odd values", "0 tracebacks for 500 values", breaks=("ids must be known",))
def odd_links(place, patch, broken):
    patch.delenv("IMDB_DATA_DIR", raising=False)
    finished_run()
    trained_copy()
    if broken:
        patch.setattr(store, "_checked_id", lambda id: {}[id])
    random, values, failures = Random(1), 0, []
    pages = OFTEN[:5] if broken else OFTEN
    tabs = {page: Tab(page) for page in dict.fromkeys(pages)}
    while values < (60 if broken else 500):
        for page in pages:
            query = {name: _odd(random) for name in random.sample(LINKS[page], k=min(4, len(LINKS[page])))}
            values += len(query)
            try:
                tabs[page].show(**query)
            except AssertionError as error:
                failures.append(f"{page} {query}: {error}"[:200])
    return Outcome(
        f"{len(failures)} tracebacks for {values} values {failures[:1] or ''}".strip(), not failures
    )


def _odd(random) -> str:
    if random.random() < 0.6:
        return random.choice(ODD)
    return "".join(
        chr(random.choice((random.randrange(32, 127), random.randrange(0xD800))))
        for _ in range(random.randrange(40))
    )
