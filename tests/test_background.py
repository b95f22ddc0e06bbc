"""Processes that outlive the app: their logs stay short and are UTF-8."""

import json
import subprocess
import sys
from pathlib import Path

from imdb_core import background, paths

LOGGER = """
import sys
from pathlib import Path
from imdb_core import background
print("early " * 1_000_000, "\\nmiddle", flush=True)
background.shorten_log(Path(sys.argv[1]))
print("late", flush=True)
"""


def test_a_shortened_log_goes_on_at_its_new_end_even_if_its_writer_does_not_append(tmp_path):
    log = tmp_path / "worker.log"
    with open(log, "wb") as output:  # the child gets a handle with a position, as on Windows
        subprocess.run([sys.executable, "-c", LOGGER, str(log)], stdout=output, check=True, cwd=paths.PROJECT)
    assert b"\0" not in log.read_bytes()
    assert log.read_bytes().endswith(b"middle\nlate\n")
    assert log.stat().st_size < background.LARGEST_LOG


def test_the_output_of_a_spawned_process_is_utf8_whatever_the_machine_prefers(tmp_path, monkeypatch):
    words = "電影 é \ud800"
    (tmp_path / "printer.py").write_text(f"print({json.dumps(words)})")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    for name, value in {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}.items():
        monkeypatch.setenv(name, value)
    child = background.spawn("printer", log=tmp_path / "log")
    assert child.wait() == 0, (tmp_path / "log").read_bytes()
    assert Path(tmp_path / "log").read_text("utf-8") == "電影 é \\ud800\n"
