"""One look at a cluster's jobs and nodes, shared by all callers of this process. Called by ray.

A look is taken in a thread of its own, at most every LOOK_SECONDS, and only if somebody asks. So a cluster
that does not answer slows nobody: only a caller without a recent look waits, at most FIRST_LOOK_SECONDS.
"""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from imdb_core.runs.places.ray_api import Job, Node, RayApi, Refused, Unreachable

LOOK_SECONDS = 2.0  # between two looks
FIRST_LOOK_SECONDS = 0.5  # how long a caller waits for a look if there is no recent one
GOOD_SECONDS = 10.0  # after so long without an answer the cluster counts as unreachable
NODES_SECONDS = 10.0  # between two questions for the nodes
REFUSED_SECONDS = 30.0  # how long a refusal of a job closes the place
SENDERS = 4  # threads that submit jobs


@dataclass(frozen=True)
class Look:
    """What a cluster answered, and when that look began, by the monotonic clock.

    `problem` is a sentence if the cluster counts as unreachable; then `jobs` are older or empty.
    """

    jobs: Mapping[str, Job] = field(default_factory=dict)
    nodes: tuple[Node, ...] = ()
    began: float = 0.0
    problem: str | None = None


class Watch:
    """Looks at one cluster, and submits jobs to it without having the caller wait."""

    def __init__(self, api: RayApi) -> None:
        self.api = api
        self._lock = threading.Lock()
        self._good: Look | None = None  # the newest look with an answer
        self._problem = f"{api.address} has not answered yet."
        self._looked: threading.Event | None = None  # of the look that is being taken
        # When the newest look began, when it ended, and when a look last asked for nodes.
        self._begun = self._ended = self._nodes_asked = float("-inf")
        self._silent_since = time.monotonic()
        self._sender = ThreadPoolExecutor(SENDERS, thread_name_prefix="ray-submit")
        self._sending: dict[str, Future[None]] = {}
        self._refusal: tuple[str, float] | None = None

    def look(self) -> Look:
        """The newest look, at most about LOOK_SECONDS old. Never raises."""
        with self._lock:
            now = time.monotonic()
            if self._looked is None and now - self._begun >= LOOK_SECONDS:
                self._looked, self._begun = threading.Event(), now
                threading.Thread(target=self._take, args=(self._looked,), daemon=True).start()
            looked, is_first = self._looked, now - self._ended >= GOOD_SECONDS
        if looked and is_first:
            looked.wait(max(0.0, self._begun + FIRST_LOOK_SECONDS - now))
        with self._lock:
            good, problem = self._good, None if self._is_good() else self._problem
            return replace(good or Look(), problem=problem)

    @property
    def silent_seconds(self) -> float:
        """How long the cluster has not answered this process."""
        return time.monotonic() - self._silent_since

    def submit(self, id: str, **fields: object) -> None:
        """Submit a job in another thread. What came of it shows in the next look, or in refusal()."""
        with self._lock:
            self._sending = {job: future for job, future in self._sending.items() if not future.done()}
            if id not in self._sending:
                self._sending[id] = self._sender.submit(self._send, id, fields)

    def is_sending(self, id: str) -> bool:
        """Whether this process is submitting the job, or its answer is newer than the newest look."""
        future = self._sending.get(id)
        return future is not None and not future.done()

    def sent(self) -> set[str]:
        """The jobs that this process is submitting now."""
        return {id for id in list(self._sending) if self.is_sending(id)}

    def refusal(self) -> str | None:
        """Why the cluster refused a job within REFUSED_SECONDS; None if it did not."""
        refused = self._refusal
        return refused[0] if refused and time.monotonic() - refused[1] < REFUSED_SECONDS else None

    def _is_good(self) -> bool:
        return self._good is not None and time.monotonic() - self._good.began < GOOD_SECONDS

    def _send(self, id: str, fields: dict[str, object]) -> None:
        try:
            self.api.submit(id, **fields)
        except Refused as refusal:
            self._refusal = str(refusal), time.monotonic()
        except Unreachable as error:
            self._problem = str(error)
        else:
            self._refusal = None
            with self._lock:
                if self._good:  # so that the job is known before the next look
                    jobs = {id: Job("PENDING"), **self._good.jobs}
                    self._good = replace(self._good, jobs=jobs)

    def _take(self, looked: threading.Event) -> None:
        began = time.monotonic()
        try:
            nodes = self._good.nodes if self._good else ()
            jobs = self.api.jobs()
            if began - self._nodes_asked >= NODES_SECONDS or not nodes:
                nodes, self._nodes_asked = tuple(self.api.nodes()), began
            with self._lock:
                self._good, self._silent_since = Look(jobs, nodes, began), time.monotonic()
        except (Unreachable, Refused) as error:
            self._problem = str(error)
        finally:
            with self._lock:
                self._looked, self._ended = None, time.monotonic()
            looked.set()


def watch(api: Callable[[], RayApi], key: object) -> Watch:
    """The one Watch of this process for the cluster `key`; made with api() at the first call."""
    with _making:
        if key not in _watches:
            _watches[key] = Watch(api())
        return _watches[key]


_watches: dict[object, Watch] = {}
_making = threading.Lock()
