"""The list of runs as columns of a CSV file. Called by ui/panels/run_list.py, at a click."""

from collections.abc import Sequence
from datetime import tzinfo

from imdb_core.runs.listing import Listing
from imdb_core.runs.names import changed_settings, created, settings_text
from imdb_core.runs.store import Run
from imdb_core.runs.tags import tags


def run_columns(listing: Listing, runs: Sequence[Run], zone: tzinfo | None) -> dict[str, list]:
    """Heading -> values. Accuracies are shares, 0 to 1; a value that is not known is empty."""
    rows = [_row(listing, run, zone) for run in runs]
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


def _row(listing, run, zone):
    time = created(run.id)
    return {
        "id": run.id,
        "name": listing.names[run.id],
        "state": run.state,
        "network": run.network,
        "changed settings": settings_text(changed_settings(run.config)) if run.config else "",
        "data set": listing.dataset(run),
        "place": listing.where(run),
        "seed": run.config.seed if run.config else "",
        "validation accuracy": run.val_accuracy,
        "test accuracy": run.test_accuracy,
        "epochs": len(run.epochs),
        "planned epochs": run.config.epochs if run.config else "",
        "created": time.astimezone(zone).isoformat() if time else "",
        "tags": ", ".join(tags(run)),
        "remark": run.damaged or run.remark or "",
    }
