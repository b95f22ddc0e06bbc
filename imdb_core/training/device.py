"""Processor set-up, before and after Keras is imported; all by environment variables, so no framework is named in the code."""

import os

from imdb_core import paths

TIDY = {"TF_CPP_MIN_LOG_LEVEL": "2", "TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}


def prepare(device: str, threads: int) -> None:
    """Show the framework only `device` ("cpu" or "gpu:N") and let it use `threads` cores. Call before importing Keras."""
    for name, value in TIDY.items():
        os.environ.setdefault(name, value)
    os.environ["CUDA_VISIBLE_DEVICES"] = device.removeprefix("gpu:") if device.startswith("gpu:") else "-1"
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ[name] = str(threads)
    if device == "cpu":
        os.environ.setdefault("JAX_PLATFORMS", "cpu")
    else:  # JAX alone: the same numbers for the same seed; and what one run has compiled in half a minute, the next one finds
        os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_gpu_deterministic_ops=true".strip()
        os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(paths.cache_folder() / "jax"))
        os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")


def why_not_usable(device: str) -> str | None:
    """None if Keras can use `device`, else a sentence that says why it trains on the CPU instead."""
    if device == "cpu":
        return None
    import keras

    from imdb_core.runs import devices

    if _framework_sees_a_gpu(keras.backend.backend()):
        return None
    cards = {f"gpu:{gpu.index}": gpu.name for gpu in devices.gpus()}
    if device not in cards:
        return f"{device} was asked for, but the driver shows {', '.join(cards) or 'no GPU'}; training on the CPU instead."
    help = 'pip install "tensorflow[and-cuda]"' if keras.backend.backend() == "tensorflow" else "install its CUDA build"
    return (
        f"{device} ({cards[device]}) is there, but {keras.backend.backend()} cannot use it ({help}, see README); "
        "training on the CPU instead."
    )


def _framework_sees_a_gpu(backend: str) -> bool:
    if backend == "torch":  # Keras lists devices for TensorFlow and JAX only
        import torch

        return torch.cuda.is_available()
    import keras

    return bool(keras.distribution.list_devices("gpu"))
