"""The places where runs are trained, by name: this machine, and the clusters of the settings file.

Called by the launcher, run, sweeps, the command line and the pages. A place reads runs, and the state of a
run asks its place. So this module imports the places only when they are asked for.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from imdb_core.errors import ConfigError
from imdb_core.operating_system import machine
from imdb_core.plain_text import one_line
from imdb_core.runs.places import settings
from imdb_core.runs.places.place import Place as Place
from imdb_core.runs.places.place import PlaceError as PlaceError

if TYPE_CHECKING:
    from imdb_core.runs.run import Run

HERE = "here"  # the name of this machine as a place


def clusters() -> Mapping[str, Place]:
    """The usable clusters of the settings file, by name (see settings)."""
    read = settings.read()
    if not read.clusters:
        return {}
    if not _clusters or _clusters[0] is not read:
        from imdb_core.runs.places import ray  # not above: see the first lines

        _clusters[:] = [read, {name: ray.Cluster(cluster) for name, cluster in read.clusters.items()}]
    made: dict[str, Place] = _clusters[1]
    return made


_clusters: list[Any] = []  # the newest settings and their clusters


def faults() -> tuple[str, ...]:
    """A sentence on each fault of the settings file; the other places can be used all the same."""
    return tuple(sentence for _, sentence in settings.read().faults)


def be_patient() -> None:
    """Wait longer for the first answer of a cluster: a command may, a page may not."""
    from imdb_core.runs.places import ray_api, ray_watch  # not above: see the first lines

    ray_watch.FIRST_LOOK_SECONDS = ray_api.ANSWER_SECONDS


def names() -> tuple[str, ...]:
    """The names of all places; this machine comes first."""
    return (HERE, *clusters())


def get(name: str) -> Place:
    """The place with this name. Raises ConfigError if there is none."""
    if name == HERE:
        from imdb_core.runs.places import here  # not above: see the first lines

        return here.HERE
    if place := clusters().get(name):
        return place
    if fault := settings.read().fault(name):
        raise ConfigError(fault)
    raise ConfigError(
        f"place is {name!r:.80}; it must be one of {', '.join(names())}. Choose one of these, or add the "
        f"place to the settings file {settings.file()}."
    )


def named(name: str) -> Place:
    """The place with this name, which may no longer exist (see gone)."""
    try:
        return get(name)
    except ConfigError as error:
        from imdb_core.runs.places import gone  # not above: see the first lines

        return gone.Gone(name, error)


def where(run: "Run") -> str:
    """Where the run is trained, for people: "lab, node7"; "" if that is this machine, the only place."""
    is_here = machine.is_this(run.event("started") or run.machine)
    if run.place == HERE and is_here:
        return named(HERE).title if len(names()) > 1 else ""
    place = "" if run.place == HERE else one_line(named(run.place).title)
    return ", ".join(part for part in (place, one_line(run.host)) if part)


def runs_at_once(name: str) -> int:
    """How many runs train at once at the place with this name, for estimates; 1 if it cannot be told now."""
    try:
        return max(1, named(name).slots())
    except PlaceError:
        return 1


def of(run: "Run") -> Place:
    """The place of the run, which may no longer exist (see gone)."""
    return named(run.place)
