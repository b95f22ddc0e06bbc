"""Reviews, checkpoints and figures that differ from the record of a run are noticed."""

from imdb_core.runs import provenance
from imdb_core.training import recorder
from tests.faults.j_found_later.changed_records_resumed import noticed_when_resumed
from tests.faults.j_found_later.changed_records_shown import noticed_in_model_files, noticed_when_shown
from tests.faults.rows import Outcome, row
from tests.faults.support import faulty_extras
from tests.faults.support.child_processes import result_in_new_process


@row(
    "J6",
    "a run's reviews, checkpoints or figures were changed before it is resumed, shown or compared",
    "0 changes go unnoticed",
    breaks=("fingerprints are not compared", "any checkpoint will do", "labels are enough"),
)
def changed_behind_the_record(place, patch, broken):
    results = result_in_new_process(
        _noticed_changes, broken or "", COUNTING_EPOCH_SECONDS="0", COUNTING_WEIGHTS="10"
    )
    unnoticed = [name for name, noticed in results.items() if not noticed]
    figure = f"{len(unnoticed)} of {len(results)} changes unnoticed {unnoticed or ''}".strip()
    return Outcome(figure, not unnoticed and len(results) > 20)


def _noticed_changes(broken: str) -> dict:
    """Case -> whether the change was noticed."""
    faulty_extras.install()
    _break(broken)
    if broken:
        return noticed_when_shown() if broken == "labels are enough" else noticed_when_resumed()
    return {**noticed_when_resumed(), **noticed_when_shown(), **noticed_in_model_files()}


def _break(broken: str) -> None:
    if broken == "fingerprints are not compared":
        provenance._newest = lambda run, name: None
    elif broken == "any checkpoint will do":
        recorder._require_matching = lambda saved, written: None
        provenance.folder_identity = lambda folder: None
    elif broken == "labels are enough":
        provenance.require_shown_reviews = lambda run, fingerprint: None
        provenance.same_reviews = lambda first, second: True
