"""`python -m imdb_core inside`: make the maps of a trained network's memory."""

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from imdb_core.commands import console
from imdb_core.commands.registry import argument, command
from imdb_core.scoring import models

if TYPE_CHECKING:
    from imdb_core.inside.memory_map import MemoryMap


@command("inside", argument("model", help="pretrained/NAME or the id of a run"))
def inside(options: Namespace) -> int:
    """Make the maps that "See inside" shows on the page "Type a review", for every epoch with a model.

    New runs make their maps while they train. This is for networks of earlier versions; it takes seconds.
    """
    from imdb_core.inside import making  # no other command needs it, and each command imports this

    model = models.find(options.model)
    made = {epoch: _facts(*each) for epoch, each in making.make_all(model.run).items()}
    lines = [f"epoch {epoch}: {_sentence(facts)}" for epoch, facts in made.items()]
    console.show_result(options, {str(epoch): facts for epoch, facts in made.items()}, lines)
    return 0


def _facts(size: int, memory_map: "MemoryMap") -> dict[str, Any]:
    """What the command prints about a map of `size` bytes."""
    accuracy = memory_map.alone.accuracy
    return {
        "bytes": size,
        "texts": memory_map.texts,
        "variance": memory_map.plane.shares.tolist(),
        "agreement": memory_map.agreement if memory_map.line is not None else None,
        "best_unit": int(accuracy.argmax()),
        "alone": float(accuracy.max()),
    }


def _sentence(facts: dict[str, Any]) -> str:
    first, second = facts["variance"]
    line = f"{facts['agreement']:.1%} on the right side of the line, " if facts["agreement"] else ""
    return (
        f"{facts['bytes']:,} bytes from {facts['texts']:,} texts; the axes hold {first:.1%} and "
        f"{second:.1%} of the variance, {line}unit {facts['best_unit']} alone {facts['alone']:.1%}"
    )
