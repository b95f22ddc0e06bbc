"""`python -m imdb_core inside`: make what the views into a trained network need."""

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from imdb_core.commands import console
from imdb_core.commands.registry import argument, command
from imdb_core.errors import ModelError
from imdb_core.scoring import models, predictor

if TYPE_CHECKING:
    from imdb_core.inside.making import Made


@command("inside", argument("model", help="pretrained/NAME or the id of a run"))
def inside(options: Namespace) -> int:
    """Make what "See inside" and "Watch it learn" need, for every epoch with a model.

    For a recurrent network this is the map of its memory. For a convolution it is the phrases to which its
    filters answer most. Word vectors that were learned before training are written, too. With TensorFlow, the
    sizes of weights and gradients are measured for the kept epoch; a run stores no weights of other epochs.
    New runs write all of this while they train. The command is for networks of earlier versions.
    """
    # No other command needs them, and each command imports this.
    from imdb_core.inside import making
    from imdb_core.inside import start_vectors as stored_vectors
    from imdb_core.training import sizes, start_vectors

    run = models.find(options.model).run
    config = predictor.load(run.folder).config
    if not (making.has_views(config) or stored_vectors.are_learned(config) or sizes.can_measure(run)):
        raise ModelError(
            f"The network {config.network} has no memory that reads word by word, no filters, no word "
            "vectors that were learned before training, and no weights that could be measured, so there is "
            "nothing to make. Choose another network."
        )
    texts = making.learned_texts(run, config)
    made = {str(epoch): _facts(each) for epoch, each in making.make_all(run, texts).items()}
    if sizes.can_measure(run):
        epoch, size = sizes.keep_best(run, texts)
        facts = made.setdefault(str(epoch), {"bytes": 0})
        facts |= {"bytes": facts["bytes"] + size, "measured": True}
    lines = [f"epoch {epoch}: {_sentence(facts)}" for epoch, facts in made.items()]
    if size := start_vectors.make(run.folder, config, texts.train):
        made["start"] = {"bytes": size}
        lines.append(f"before training: {size:,} bytes of word vectors")
    console.show_result(options, made, lines)
    return 0


def _facts(made: "Made") -> dict[str, Any]:
    """What the command prints about an epoch."""
    facts: dict[str, Any] = {"bytes": made.bytes}
    if made.map:
        accuracy = made.map.alone.accuracy
        facts |= {
            "texts": made.map.texts,
            "variance": made.map.plane.shares.tolist(),
            "agreement": made.map.agreement if made.map.line is not None else None,
            "best_unit": int(accuracy.argmax()),
            "alone": float(accuracy.max()),
        }
    if made.phrases:
        facts |= {"filters": len(made.phrases.answers), "texts_for_filters": made.phrases.texts}
    return facts


def _sentence(facts: dict[str, Any]) -> str:
    parts = [f"{facts['bytes']:,} bytes"]
    if "variance" in facts:
        first, second = facts["variance"]
        line = f"{facts['agreement']:.1%} on the right side of the line, " if facts["agreement"] else ""
        parts.append(
            f"map from {facts['texts']:,} texts: the axes hold {first:.1%} and {second:.1%} of the variance, "
            f"{line}unit {facts['best_unit']} alone {facts['alone']:.1%}"
        )
    if "filters" in facts:
        parts.append(f"phrases of {facts['filters']:,} filters from {facts['texts_for_filters']:,} texts")
    if "measured" in facts:
        parts.append("sizes of weights and gradients")
    return "; ".join(parts)
