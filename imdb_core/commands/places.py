"""`python -m imdb_core places [NAME]`: list the places where runs are trained, or check a cluster."""

from argparse import Namespace

from imdb_core.commands import console
from imdb_core.commands.registry import argument, command
from imdb_core.errors import ConfigError
from imdb_core.runs import places
from imdb_core.runs.places import checks, settings


@command("places", argument("place", nargs="?", metavar="NAME", help="check this cluster"))
def list_places(options: Namespace) -> int:
    """List the places where runs are trained, or check the cluster NAME.

    A check runs a short job on each machine of the cluster. It exits with 1 if something is missing.
    """
    if options.place:
        return _check(options)
    for fault in places.faults():
        console.say(fault)
    listed = [_facts(places.get(name)) for name in places.names()]
    lines = [f"{place['name']:16} {place['slots'] or '?':>4} at once  {place['about']}" for place in listed]
    console.show_result(options, listed, lines)
    return 0


def _facts(place: places.Place) -> dict[str, object]:
    try:
        slots, problem = place.slots(), None
    except places.PlaceError as error:
        slots, problem = None, str(error)
    return {"name": place.name, "title": place.title, "slots": slots, "about": problem or place.title}


def _check(options: Namespace) -> int:
    place = places.get(options.place)
    cluster = settings.read().clusters.get(place.name)
    if cluster is None:
        raise ConfigError(f"{place.name} is this machine; only clusters of {settings.file()} can be checked.")
    findings = list(checks.check(cluster))
    documents = [finding._asdict() for finding in findings]
    lines = [f"{'right' if finding.is_right else 'WRONG'}  {finding.sentence}" for finding in findings]
    console.show_result(options, documents, lines)
    return 0 if all(finding.is_right for finding in findings) else 1
