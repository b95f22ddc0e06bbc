"""Check whether a cluster answers, and whether each of its machines can train runs.

Called by the command `places`. The check submits a short job to each machine: the module probe, which says
what the machine has. Each finding is one sentence. It says that something is right, or what is missing and
what to do.
"""

import contextlib
import json
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from imdb_core import files, temporary
from imdb_core.runs.places import probe, ray_command
from imdb_core.runs.places.place import PlaceError
from imdb_core.runs.places.ray_api import Job, Node, RayApi
from imdb_core.runs.places.settings import ClusterSettings

PROBE_SECONDS = 90.0  # until all probes have ended; the first job of a cluster takes about 15 s
POLL_SECONDS = 1.0
MOST_PROBED = 16  # machines
PROBE_CPUS = 0.001  # so little that a machine whose cores all train can run the probe as well
TOKEN = r"[0-9a-f]{16}(\.[^/]*)?"
MODULE = "imdb_core.runs.places.probe"


class Finding(NamedTuple):
    """One sentence of a check; `is_right` if nothing has to be done."""

    is_right: bool
    sentence: str


def check(settings: ClusterSettings) -> Iterator[Finding]:
    """All findings, as they are found. A fault of the cluster is a finding, not an error."""
    api = RayApi(settings.address, settings.token_file)
    try:
        version, nodes = api.version(), api.nodes()
    except PlaceError as error:
        advice = "Start Ray on its head (docs/cluster.md), and check the address and the firewall."
        yield Finding(False, f"{error} {advice}")
        return
    yield Finding(True, f"{settings.address} answers: Ray {version}, {_plural(len(nodes), 'machine')}.")
    usable = [node for node in nodes if node.cpus >= settings.cpus and node.gpus >= settings.gpus]
    yield _slots(settings, nodes, usable)
    try:
        yield from _probed(api, settings, usable[:MOST_PROBED])
    except (PlaceError, OSError) as error:
        yield Finding(False, f"The probe could not be run: {error}")


def _slots(settings: ClusterSettings, nodes: list[Node], usable: list[Node]) -> Finding:
    wanted = f"{_plural(settings.cpus, 'core')} and {_plural(settings.gpus, 'GPU')}"
    if not usable:
        most = max((node.cpus for node in nodes), default=0), max((node.gpus for node in nodes), default=0)
        has = f"no machine has {wanted} (at most {most[0]:g} and {most[1]:g})"
        return Finding(
            False,
            f"{has}. Start Ray with more (--num-cpus, --num-gpus), or lower cpus and gpus in the table.",
        )
    return Finding(True, f"{_plural(len(usable), 'machine')} with at least {wanted} for a run.")


def _probed(api: RayApi, settings: ClusterSettings, nodes: list[Node]) -> Iterator[Finding]:
    token = secrets.token_hex(8)
    with _token_files(token):
        ids = {f"probe-{token}-{number}": node for number, node in enumerate(nodes)}
        for id, node in ids.items():
            fields = ray_command.job(settings, MODULE, token, gpus=0) | {
                "entrypoint_num_cpus": PROBE_CPUS,
                "entrypoint_label_selector": {"ray.io/node-id": node.id},
            }
            api.submit(id, **fields)
        jobs = _ended(api, set(ids))
        for id, node in ids.items():
            yield from _findings(api, settings, node, (id, jobs.get(id)), token)


def _ended(api: RayApi, ids: set[str]) -> dict[str, Job]:
    """Wait until the jobs `ids` have ended, and stop those that take longer; returns the cluster's jobs."""
    deadline = time.monotonic() + PROBE_SECONDS
    while True:
        jobs = api.jobs()
        if time.monotonic() > deadline or all(id in jobs and not jobs[id].is_open for id in ids):
            for id in ids:
                if id in jobs and jobs[id].is_open:
                    api.stop(id)
            return jobs
        time.sleep(POLL_SECONDS)


def _findings(
    api: RayApi, settings: ClusterSettings, node: Node, probed: tuple[str, Job | None], token: str
) -> Iterator[Finding]:
    """The findings on one machine; `probed` is the id of its job, and the job as it ended, if it is known."""
    id, job = probed
    if job is None or job.is_open:
        sentence = (
            f"{node.name}: the probe did not run within {PROBE_SECONDS:.0f} s. Look at Ray's dashboard."
        )
        yield Finding(False, sentence)
        return
    log = api.log(id)
    line = next((line for line in log.splitlines() if line.startswith(probe.MARK)), None)
    if line is None:
        yield Finding(False, f"{node.name}: {_why_no_probe(settings, job, log)}")
        return
    try:
        there = json.loads(line.removeprefix(probe.MARK))
        name = f"{there['host']} ({node.name})"
        wrong = [*_folder_faults(settings, there, token), *_differences(there)]
        if node.gpus and not there["gpus"]:
            wrong.append("Ray counts a GPU, but the driver shows none. Install NVIDIA's driver there.")
    except (ValueError, LookupError, TypeError, AttributeError):
        sentence = f"its app in {settings.app} has another version. Update it to the version of this machine."
        yield Finding(False, f"{node.name}: {sentence}")
        return
    yield from (Finding(False, f"{name}: {sentence}") for sentence in wrong)
    if not wrong:
        shared = (
            f"sees both folders, has the same app, Python and packages, {_plural(there['cores'], 'core')}"
        )
        yield Finding(True, f"{name} {shared} and {_plural(len(there['gpus']), 'GPU')}.")


def _why_no_probe(settings: ClusterSettings, job: Job, log: str) -> str:
    lines = [line.strip() for line in (log or job.message).splitlines() if line.strip()]
    last, table = (lines[-1] if lines else "no reason was given").removesuffix("."), f"[{settings.name}]"
    if job.exit_code == 127:
        return f"there is no {settings.python} ({last}). Correct python of {table}."
    if "can't cd" in log or "cd:" in log:
        return f"there is no folder {settings.app}. Mount or copy the app there, or correct app of {table}."
    if "No module named" in log:
        remedy = f"Install requirements.txt for {settings.python} there, or correct app and python of {table}"
        return f"{last}. {remedy}."
    return f"the probe failed: {last}. The dashboard at {settings.address} shows its log."


def _folder_faults(settings: ClusterSettings, there: dict[str, Any], token: str) -> Iterator[str]:
    """Why this machine and the one of the probe do not see the same files, one sentence for each folder."""
    for key, folder in probe.folders().items():
        path = getattr(settings, key)
        if fault := there["faults"].get(key):
            yield (
                f"{key}, there {path}, is not the folder {folder} of this machine ({fault}). "
                f"Share the folder, or correct {key} of [{settings.name}]."
            )
        elif not (folder / probe.FOLDER / f"{token}.{there['host']}").exists():
            yield f"what is written to {path} there does not appear in {folder} here. Share the folder."


def _differences(there: dict[str, Any]) -> Iterator[str]:
    """What differs between the machine of the probe and this one: app, Python, packages, Keras's settings."""
    here = probe.facts()
    if there["app"] != here["app"]:
        yield f"the app has version {there['app']}, here {here['app']}. Update one of them."
    if there["python"].split(".")[:2] != here["python"].split(".")[:2]:
        yield f"Python has version {there['python']}, here {here['python']}. Use the same version."
    packages = sorted({*there["packages"], *here["packages"]})
    both = {name: (there["packages"].get(name), here["packages"].get(name)) for name in packages}
    if missing := [name for name, (remote, _) in both.items() if remote is None]:
        yield f"{', '.join(missing)} is missing. Install the same requirements as here."
    other = [
        f"{name} {remote} (here {local})"
        for name, (remote, local) in both.items()
        if remote and local and remote != local
    ]
    if other:
        remedy = "Install the same versions with constraints.txt"
        yield f"other versions of {', '.join(other)}: figures may differ. {remedy}."
    if there["problem"]:
        yield there["problem"]


@contextlib.contextmanager
def _token_files(token: str) -> Iterator[None]:
    """A context in which the file `token` lies in the folders of runs and data. Raises OSError."""
    folders = [folder / probe.FOLDER for folder in probe.folders().values()]
    try:
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
            _remove(folder, temporary.is_old)  # a killed check leaves its files
            files.write_atomically(folder / token, token.encode())
        yield
    finally:
        for folder in folders:
            _remove(folder, lambda path: path.name.startswith(token))
            with contextlib.suppress(OSError):  # another check uses it
                folder.rmdir()


def _remove(folder: Path, condition: Any) -> None:
    for name in files.names(folder, TOKEN):
        with contextlib.suppress(OSError):
            if condition(folder / name):
                (folder / name).unlink()


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
