"""Run reader.py in a process of its own and wait for its answer. Called by proposal.py.

A hostile or damaged file can end that process, but it cannot fill this one: the answer is bounded as well.
"""

import json
import subprocess
import threading
from pathlib import Path
from typing import IO, Any

from imdb_core import background, paths
from imdb_core.data.own import limits
from imdb_core.data.reviews import Progress
from imdb_core.errors import DataError
from imdb_core.operating_system import processes

_MOST_LINES = 100_000


def answer(
    request: dict[str, Any], progress: Progress | None, seconds: float = limits.SECONDS
) -> dict[str, Any]:
    """What reader.answer() returns for this request. Raises DataError with the reader's sentence."""
    errors = Path(request["scratch"]) / "errors.log"
    with open(errors, "wb") as error_file:
        child = subprocess.Popen(
            background.command("-m", "imdb_core.data.own.reader"),
            cwd=paths.PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=error_file,
            env=background.environment(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1"),
            **processes.spawn_options(),
        )
    timer = threading.Timer(seconds, child.kill)
    timer.start()
    try:
        assert child.stdin and child.stdout
        child.stdin.write(json.dumps(request).encode())
        child.stdin.close()
        document = _last_document(child.stdout, progress)
        code = child.wait()
        is_late = not timer.is_alive()
    finally:
        timer.cancel()
        child.kill()  # nothing happens if it has ended
        child.wait()
        assert child.stdout
        child.stdout.close()
    return _checked(document, code, is_late, errors)


def _last_document(output: IO[bytes], progress: Progress | None) -> dict[str, Any]:
    """The reader's answer or error; its progress is passed on meanwhile."""
    for _ in range(_MOST_LINES):
        line = output.readline(limits.MOST_ANSWER_BYTES)
        if not line.endswith(b"\n"):
            return {}
        document: dict[str, Any] = json.loads(line)
        if "progress" not in document:
            return document
        if progress:
            progress(*document["progress"])
    return {}


def _checked(document: dict[str, Any], code: int, is_late: bool, errors: Path) -> dict[str, Any]:
    if "error" in document:
        raise DataError(document["error"])
    if "answer" in document:
        answer: dict[str, Any] = document["answer"]
        return answer
    if is_late:
        raise DataError(f"Reading took longer than {limits.SECONDS / 60:.0f} minutes. Split the file.")
    ended = processes.ended_by(code)
    if ended:
        raise DataError(
            f"The process that reads the file was ended by {ended}. The file may be damaged, or memory or "
            "time ran out."
        )
    raise RuntimeError(f"reader.py failed: {errors.read_text('utf-8', 'replace')[-2000:]}")
