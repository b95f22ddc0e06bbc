"""The names of all files and folders in a run's folder. Imported by every module that uses one of them.

To add a file, add a constant and put it into FILES: Delete refuses a run whose folder holds an unknown name.
"""

MARKER = "sequence-lab.txt"  # the first file of a new run: shows that this app created the folder
CONFIG = "config.json"  # the RunConfig and a checksum; written once
EVENTS = "events.jsonl"  # what happened to the run: queued, started, phase, finished ...
METRICS = "metrics.jsonl"  # loss and accuracy within and after each epoch
LOCK = "run.lock"  # locked by the worker while it lives
HEARTBEAT = "heartbeat.json"  # written by the worker every few seconds, for other machines
LOG = "worker.log"  # the worker's output
WEIGHTS = "weights.npz"
VOCABULARY = "vocabulary.json"
MODEL = "model.onnx"  # the network of the best epoch
MODEL_FACTS = "model.json"  # written last; holds the checksums of the other model files
PREDICTIONS = "predictions.npz"  # probabilities and labels of the validation and test reviews
TEACHER_ANSWERS = "teacher_answers.npz"  # what the run's teacher says of the texts without labels
ROBUSTNESS = "robustness.json"  # how many test reviews can be turned; written on request
COMMAND = "command.txt"  # in a published folder: the command that trains the same network
NOTICES = "notices.jsonl"  # written by earlier versions

FILES = (
    *(MARKER, CONFIG, EVENTS, METRICS, NOTICES, LOCK, HEARTBEAT, LOG),
    *(WEIGHTS, VOCABULARY, MODEL, MODEL_FACTS, PREDICTIONS, TEACHER_ANSWERS, ROBUSTNESS, COMMAND),
)

CHECKPOINTS = "checkpoints"  # a folder of folders, one per kept epoch
STATE = "state.npz"  # in a checkpoint, beside WEIGHTS: the optimizer and the random state
MANIFEST = "manifest.json"  # in a checkpoint: makes it complete
CHECKPOINT_FILES = (WEIGHTS, STATE, MANIFEST)

EPOCH_MODELS = "epochs"  # a folder: the network after each epoch, as ONNX, and what shows its inside
START_VECTORS = f"{EPOCH_MODELS}/start.words.npz"  # word vectors before the first epoch
SCRATCH = ".scratch.tmp"  # a folder for the temporary files of libraries, which may have any name


def epoch_folder(epoch: int) -> str:
    """The name of an epoch's checkpoint in CHECKPOINTS; epochs count from 1."""
    return f"epoch-{epoch:03d}"


def epoch_model(epoch: int) -> str:
    """The path of an epoch's model, relative to the run's folder; epochs count from 1."""
    return f"{EPOCH_MODELS}/epoch-{epoch:03d}.onnx"


def memory_map(epoch: int) -> str:
    """The path of the map of an epoch's memory (imdb_core/inside/), relative to the run's folder."""
    return f"{EPOCH_MODELS}/epoch-{epoch:03d}.memory.npz"


def filter_phrases(epoch: int) -> str:
    """The path of the phrases that an epoch's filters answer most to (imdb_core/inside/)."""
    return f"{EPOCH_MODELS}/epoch-{epoch:03d}.filters.npz"


def learning(epoch: int) -> str:
    """The path of an epoch's sizes and answers in numbers (imdb_core/inside/learning.py)."""
    return f"{EPOCH_MODELS}/epoch-{epoch:03d}.learning.json"


def epoch_files(epoch: int) -> tuple[str, ...]:
    """All files of an epoch in EPOCH_MODELS. They are removed in this order, so the model goes last."""
    return memory_map(epoch), filter_phrases(epoch), learning(epoch), epoch_model(epoch)
