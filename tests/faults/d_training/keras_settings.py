"""Settings of Keras on the machine, in keras.json and in environment variables."""

import json
import os
import subprocess
import sys

from imdb_core import config as configs
from imdb_core import keras_settings
from imdb_core.errors import SettingError
from imdb_core.runs import launcher, store
from tests.faults.rows import Outcome, row
from tests.faults.support.child_processes import result_in_new_process
from tests.faults.support.server import break_new_processes
from tests.faults.support.workers import config
from tests.stub_worker import use_stub

SETTINGS = [
    ({"backend": "theano", "image_data_format": "th", "epsilon": 1e-07, "floatx": "float32"}, {}),
    ({"backend": "cntk"}, {}),
    ({"floatx": "bfloat16"}, {}),
    ("{not JSON", {}),
    ({"backend": "tensorflow"}, {"KERAS_BACKEND": "nonsense"}),
    (None, {"KERAS_BACKEND": "openvino"}),
    (None, {"KERAS_MAX_EPOCHS": "many"}),
]


@row(
    "D8",
    "an old keras.json, or KERAS_ variables that cannot work",
    "a sentence before the run begins, and one from the worker",
    breaks=("no check",),
)
def settings_of_keras(place, patch, broken):
    if broken:
        silent = "from imdb_core import keras_settings; keras_settings.check = lambda: None"
        break_new_processes(place, patch, silent)
        patch.setattr(keras_settings, "check", lambda: None)
        use_stub(patch)
    cases = SETTINGS[:2] if broken else SETTINGS
    sentences = [
        _sentences(place / str(number), written, variables)
        for number, (written, variables) in enumerate(cases)
    ]
    return Outcome(f"{sum(sentences)} of {2 * len(cases)} sentences", sum(sentences) == 2 * len(cases))


def _sentences(place, written, variables) -> int:
    """How many of launcher and worker (0 to 2) name the file or variable and say what to do."""
    (place / ".keras").mkdir(parents=True)
    if written is not None:
        (place / ".keras/keras.json").write_text(written if isinstance(written, str) else json.dumps(written))
    environment = {"HOME": str(place), "KERAS_HOME": str(place / ".keras"), **variables}
    return result_in_new_process(_launcher_and_worker, **environment)


def _launcher_and_worker() -> int:
    """The number of sentences, 0 to 2. Called in a new process."""
    return _launcher_says_so() + _worker_says_so()


def _launcher_says_so() -> bool:
    before = len(store.runs())
    try:
        launcher.submit(config())
    except SettingError as error:
        return _is_helpful(str(error)) and len(store.runs()) == before
    return False


def _worker_says_so() -> bool:
    run = store.create(configs.preset("lstm", dataset="demo"), store.new_id())
    command = [sys.executable, "-m", "imdb_core.training.worker", str(run.folder)]
    subprocess.run(command, capture_output=True, check=False)
    ended = store.read(run.folder)
    return ended.state == "failed" and _is_helpful(ended.message)


def _is_helpful(sentence: str) -> bool:
    file = f"{os.environ['KERAS_HOME']}/keras.json"
    source = next((name for name in os.environ if name.startswith("KERAS_") and name != "KERAS_HOME"), file)
    return sentence.startswith(source) and any(
        word in sentence for word in ("Write ", "Set it", "delete", "Correct")
    )
