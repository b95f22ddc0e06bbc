"""`python -m imdb_core inside`: make the maps of a trained network's memory."""

from argparse import Namespace

from imdb_core.commands import console
from imdb_core.commands.registry import argument, command
from imdb_core.scoring import models


@command("inside", argument("model", help="pretrained/NAME or the id of a run"))
def inside(options: Namespace) -> int:
    """Make the maps that "See inside" shows on the page "Type a review", for every epoch with a model.

    New runs make their maps while they train. This is for networks of earlier versions; it takes seconds.
    """
    from imdb_core.inside import making  # no other command needs it, and each command imports this

    model = models.find(options.model)
    sizes = making.make_all(model.run)
    lines = [f"epoch {epoch}: {size:,} bytes" for epoch, size in sizes.items()]
    console.show_result(options, {str(epoch): size for epoch, size in sizes.items()}, lines)
    return 0
