"""`python -m imdb_core continue`: how a language model continues a text."""

from argparse import Namespace

from imdb_core.commands import console
from imdb_core.commands.registry import argument, command
from imdb_core.runs import store
from imdb_core.scoring import language_models


@command(
    "continue",
    argument("model", help="the id of a run of a language model"),
    argument("text", help="the beginning"),
    argument("--words", type=int, default=40, help="at most this many words; 40 unless given"),
    argument(
        "--temperature",
        type=float,
        default=0.8,
        help="low: mostly the likeliest words; high: rarer words, too; 0.8 unless given",
    ),
    argument("--seed", type=int, default=0, help="another seed gives another text"),
)
def continue_text(options: Namespace) -> int:
    """Continue a text, word by word, with the best epoch so far of a language model."""
    model = language_models.load(store.find(options.model))
    continued = model.continued(
        options.text, words=options.words, temperature=options.temperature, seed=options.seed
    )
    console.show_result(options, {"text": options.text, "continued": continued}, [continued])
    return 0
