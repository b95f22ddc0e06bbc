"""Set the device and the number of threads before Keras is imported; check afterwards that Keras can use it.

The settings are environment variables, so that preparing a device imports no framework.
"""

import os

from imdb_core.runs import cards
from imdb_core.sentences import Sentence
from imdb_core.training import compiled_caches

THREADS = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS", "NPROC")  # NPROC: JAX
NO_GPU = "-1"  # as CUDA_VISIBLE_DEVICES
DEFAULTS = {
    "TF_CPP_MIN_LOG_LEVEL": "2",  # errors only
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",  # other programs can use the rest of a card's memory
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
}


def assigned(device: str) -> str:
    """The device for "gpu", which stands for the card that this process is allowed to see; else `device`.

    A cluster chooses the card when the worker starts, and names it in CUDA_VISIBLE_DEVICES.
    """
    if device != "gpu":
        return device
    return next((gpu.device for gpu in cards.gpus()), "gpu:0")


def prepare(device: str, threads: int) -> None:
    """Let the framework see only `device` ("cpu", "gpu:N" or "gpu:N:M") and use `threads` cores.

    Call before importing Keras.
    """
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    token = _token(device)
    if cards.VISIBLE not in os.environ:
        # A card without a UUID is given by its number, so CUDA must number the cards as the driver does.
        os.environ[cards.ORDER] = "PCI_BUS_ID"
    os.environ[cards.VISIBLE] = token
    for name in THREADS:
        os.environ[name] = str(threads)
    compiled_caches.prepare(device)  # JAX compiles for half a minute; later runs load the compiled code
    if device == "cpu":
        os.environ.setdefault("JAX_PLATFORMS", "cpu")
    else:  # only JAX reads this: the same seed gives the same numbers
        flags = os.environ.get("XLA_FLAGS", "")
        os.environ["XLA_FLAGS"] = f"{flags} --xla_gpu_deterministic_ops=true".strip()


def why_not_usable(device: str) -> Sentence | None:
    """Why Keras trains on the CPU instead of `device`; None if it can use `device`. Call after prepare()."""
    if device == "cpu":
        return None
    import keras  # after prepare()

    backend = keras.backend.backend()
    if _framework_sees_a_gpu(backend):
        return None
    present = {gpu.device: gpu.name for gpu in cards.gpus(environment={})}
    if device not in present:
        if not present:
            return Sentence("no_gpu", device=device)
        return Sentence("no_such_gpu", device=device, present=", ".join(present))
    card = present[device]
    if os.environ[cards.VISIBLE] == NO_GPU:
        return Sentence("gpu_hidden", device=device, card=card, variable=cards.VISIBLE)
    if backend == "tensorflow":
        return Sentence("tensorflow_without_cuda", device=device, card=card)
    return Sentence("backend_without_cuda", device=device, card=card, backend=backend)


def _token(device: str) -> str:
    """The value of CUDA_VISIBLE_DEVICES for `device`; NO_GPU if that device is not allowed.

    On small boards that have a card but no NVML, this is the number that the user chose.
    """
    if device == "cpu":
        return NO_GPU
    visible = cards.gpus()
    number, allowed = device.removeprefix("gpu:"), os.environ.get(cards.VISIBLE)
    if not visible and number.isdecimal() and (allowed is None or number in cards.entries(allowed)):
        return number
    return next((gpu.token for gpu in visible if gpu.device == device), NO_GPU)


def _framework_sees_a_gpu(backend: str) -> bool:
    if backend == "torch":  # keras.distribution knows only TensorFlow and JAX
        import torch

        return bool(torch.cuda.is_available())
    import keras

    return bool(keras.distribution.list_devices("gpu"))
