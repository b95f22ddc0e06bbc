"""Sets the device and the number of threads, before Keras is imported, and checks the device afterwards.

The settings are environment variables, so that preparing a device imports no framework.
"""

import os

from imdb_core.runs import cards
from imdb_core.training import compiled_caches

THREADS = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS", "NPROC")  # NPROC: JAX
NO_GPU = "-1"  # as CUDA_VISIBLE_DEVICES
TIDY = {
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
}


def prepare(device: str, threads: int) -> None:
    """Show the framework only `device` ("cpu", "gpu:N" or "gpu:N:M") and let it use `threads` cores.

    Call before importing Keras.
    """
    for name, value in TIDY.items():
        os.environ.setdefault(name, value)
    token = _token(device)
    if cards.VISIBLE not in os.environ:
        # A card without a UUID is given by its number, so CUDA must number the cards as the driver does.
        os.environ[cards.ORDER] = "PCI_BUS_ID"
    os.environ[cards.VISIBLE] = token
    for name in THREADS:
        os.environ[name] = str(threads)
    compiled_caches.prepare(device)  # JAX compiles for half a minute what the next run then finds
    if device == "cpu":
        os.environ.setdefault("JAX_PLATFORMS", "cpu")
    else:  # JAX alone: the same numbers for the same seed
        os.environ["XLA_FLAGS"] = (
            f"{os.environ.get('XLA_FLAGS', '')} --xla_gpu_deterministic_ops=true".strip()
        )


def why_not_usable(device: str) -> str | None:
    """A sentence on why Keras trains on the CPU instead of `device`; None if it can use `device`.

    Call after prepare().
    """
    if device == "cpu":
        return None
    import keras

    if _framework_sees_a_gpu(keras.backend.backend()):
        return None
    driver = {gpu.device: gpu.name for gpu in cards.gpus(environment={})}
    if device not in driver:
        return f"{device} was asked for, but the driver shows {', '.join(driver) or 'no GPU'}; training on the CPU instead."
    if os.environ[cards.VISIBLE] == NO_GPU:
        return f"{device} ({driver[device]}) is there, but {cards.VISIBLE} does not allow it; training on the CPU instead."
    help = (
        'pip install "tensorflow[and-cuda]"'
        if keras.backend.backend() == "tensorflow"
        else "install its CUDA build"
    )
    return (
        f"{device} ({driver[device]}) is there, but {keras.backend.backend()} cannot use it ({help}, see README); "
        "training on the CPU instead."
    )


def _token(device: str) -> str:
    """The value of CUDA_VISIBLE_DEVICES that shows a framework only `device`, or no GPU if it is not allowed.

    Some small boards have a card but no NVML. There, the number that the user asked for is passed on.
    """
    if device == "cpu":
        return NO_GPU
    visible = cards.gpus()
    number, allowed = device.removeprefix("gpu:"), os.environ.get(cards.VISIBLE)
    if not visible and number.isdecimal() and (allowed is None or number in cards.entries(allowed)):
        return number
    return next((gpu.token for gpu in visible if gpu.device == device), NO_GPU)


def _framework_sees_a_gpu(backend: str) -> bool:
    if backend == "torch":  # Keras lists devices for TensorFlow and JAX only
        import torch

        return torch.cuda.is_available()
    import keras

    return bool(keras.distribution.list_devices("gpu"))
