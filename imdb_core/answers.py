"""What a network answers. Only this module distinguishes two classes from more. Imports no Keras by itself.

Two classes: one output, the probability of the second class (Dense(1, sigmoid), binary cross-entropy), as in
the tutorials. More classes: one output a class (Dense(k, softmax), categorical cross-entropy). All code
behind the network uses shares: float32 (texts, classes); each row adds up to 1. Called by architectures,
training, scoring and evaluation.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

FEWEST_CLASSES, MOST_CLASSES = 2, 50
SMALLEST_SHARE = 1e-7  # shares are clipped here before the logarithm, as in Keras
ROUNDED = 2.0**-24  # float32 numbers just below 1 are rounded by up to this much
ROUNDING = 1e-3  # a row of shares may differ from the sum 1 by this much

Shares = NDArray[np.float32]


def is_binary(classes: Sequence[str]) -> bool:
    """Whether there are two classes, so that one probability is the whole answer."""
    return len(classes) == 2


def outputs(classes: Sequence[str]) -> int:
    """How many numbers a network gives for one text."""
    return 1 if is_binary(classes) else len(classes)


def head(layers: Any, x: Any, classes: Sequence[str], **options: Any) -> Any:
    """The last layer in any namespace of layers: (batch, features) -> (batch, outputs).

    `options` are further arguments of the layer, for instance dtype.
    """
    activation = "sigmoid" if is_binary(classes) else "softmax"
    return layers.Dense(outputs(classes), activation=activation, **options)(x)


def loss(classes: Sequence[str], label_smoothing: float) -> Any:
    """Keras's loss for outputs of head() and targets()."""
    import keras

    if is_binary(classes):
        return keras.losses.BinaryCrossentropy(label_smoothing=label_smoothing)
    return keras.losses.CategoricalCrossentropy(label_smoothing=label_smoothing)


def targets(labels: NDArray[Any], classes: Sequence[str]) -> NDArray[np.float32]:
    """What the outputs should be: float32 (texts, 1) for two classes, else one-hot (texts, classes)."""
    if is_binary(classes):
        return labels[:, None].astype(np.float32)
    one_hot: NDArray[np.float32] = np.eye(len(classes), dtype=np.float32)[labels]
    return one_hot


def soft_targets(shares: NDArray[Any]) -> NDArray[np.float32]:
    """As targets(), for shares (texts, classes): what a teacher says instead of a label."""
    return np.asarray(shares[:, 1:] if shares.shape[1] == 2 else shares, np.float32)


def accuracy_metric(classes: Sequence[str], *, soft: bool) -> Any:
    """The metric "accuracy" for outputs of head() and targets(); with `soft` also for soft_targets().

    Keras's own compares the output's verdict with the target itself, so a soft target of two classes would
    never be met. Here verdict is compared with verdict.
    """
    if not (soft and is_binary(classes)):
        return "accuracy"  # of more classes, Keras compares the most probable ones
    import keras

    def agreement(targets: Any, outputs: Any) -> Any:
        return keras.ops.equal(targets > 0.5, outputs > 0.5)

    return keras.metrics.MeanMetricWrapper(agreement, name="accuracy")


def labels(targets: NDArray[Any]) -> NDArray[np.int64]:
    """int (texts,): the class numbers that targets() was given."""
    numbers: NDArray[np.int64] = np.argmax(shares(targets), axis=1)
    return numbers


def shares(output: NDArray[Any]) -> Shares:
    """The outputs (texts, 1) or (texts, classes) of a network as shares, float32 (texts, classes)."""
    output = np.asarray(output, np.float32)
    return np.concatenate([1 - output, output], axis=1) if output.shape[1] == 1 else output


def stored(shares: Shares) -> NDArray[np.float32]:
    """Shares as files hold them: of two classes only the second, (texts,); else all, (texts, classes)."""
    return shares[:, 1] if shares.shape[1] == 2 else shares


def restored(stored: NDArray[Any]) -> NDArray[Any]:
    """The shares (texts, classes) that stored() has shortened; keeps the number type."""
    return np.stack([1 - stored, stored], axis=1) if stored.ndim == 1 else stored


def fault(output: NDArray[Any], texts: int, classes: Sequence[str]) -> str | None:
    """Why `output` cannot be a network's output for this number of texts; None if it can be.

    The reason completes the sentence "it gave ...".
    """
    expected = (texts, outputs(classes))
    if output.shape != expected:
        number = "one probability" if is_binary(classes) else f"{len(classes)} probabilities"
        return f"outputs of the shape {output.shape}, not {number} a text"
    if not ((output >= 0) & (output <= 1)).all():  # False for NaN
        invalid = next(value for value in output.ravel().tolist() if not 0 <= value <= 1)
        return f"{invalid:.4g}, which is no probability"
    if not is_binary(classes) and np.abs(output.sum(axis=1) - 1).max(initial=0) > ROUNDING:
        return "probabilities that do not add up to 1"
    return None


def log_odds(shares: NDArray[Any], of: int) -> NDArray[np.float64]:
    """The natural logarithm of the odds of the class `of` against the rest, float64 (texts,), from shares.

    A float32 share is off by up to ROUNDED, so the result is off by ROUNDED / p + ROUNDED / (1 - p): by 0.001
    at p = 0.9999. Shares below ROUNDED count as ROUNDED, which gives -16.6 to 16.6.
    """
    share, total = shares[:, of].astype(np.float64), shares.sum(axis=1, dtype=np.float64)
    rest = shares[:, 1 - of].astype(np.float64) if shares.shape[1] == 2 else total - share
    odds: NDArray[np.float64] = np.log(np.maximum(share, ROUNDED)) - np.log(np.maximum(rest, ROUNDED))
    return odds


def share(log_odds: float) -> float:
    """The share that has these log-odds: 1 / (1 + e^-x), without an overflow."""
    return 0.5 + 0.5 * math.tanh(log_odds / 2)


def exact_log_odds(raw: NDArray[Any], of: int) -> NDArray[np.float64]:
    """As log_odds(), from the outputs (texts, 1) or (texts, classes) before the sigmoid or softmax.

    Nothing saturates: ln(e^a / (e^b + e^c)) = a - ln(e^b + e^c), and for two classes the output itself.
    """
    raw = raw.astype(np.float64)
    if raw.shape[1] == 1:
        return raw[:, 0] if of == 1 else -raw[:, 0]
    odds: NDArray[np.float64] = raw[:, of] - np.logaddexp.reduce(np.delete(raw, of, axis=1), axis=1)
    return odds


def log_odds_gradient(raw: NDArray[Any], of: int) -> NDArray[np.float64]:
    """(texts, outputs): the gradient of exact_log_odds() with respect to `raw`.

    It is 1 for the class `of`. For each other class it is -p, where p is the softmax over all classes but
    `of`.
    """
    if raw.shape[1] == 1:
        return np.full(raw.shape, 1.0 if of == 1 else -1.0)
    others = np.delete(raw.astype(np.float64), of, axis=1)
    shares = np.exp(others - np.logaddexp.reduce(others, axis=1, keepdims=True))
    return np.insert(-shares, of, 1.0, axis=1)


def verdicts(shares: NDArray[Any]) -> NDArray[np.int64]:
    """int (texts,): the most probable class; if shares are equal, the first of these classes."""
    most_probable: NDArray[np.int64] = np.argmax(shares, axis=1)
    return most_probable


def reported(shares: Sequence[float]) -> int:
    """The class whose share represents an answer: the second of two classes, else the most probable class."""
    return 1 if len(shares) == 2 else max(range(len(shares)), key=shares.__getitem__)


def raised_and_lowered(classes: Sequence[str], of: int) -> tuple[str, str]:
    """How a word changes a text, in words, if it raises or lowers the share of the class `of`."""
    other = classes[1 - of] if is_binary(classes) else None
    return f"more {classes[of]}", f"more {other}" if other is not None else f"less {classes[of]}"


def loss_and_accuracy(shares: NDArray[np.floating[Any]], labels: NDArray[Any]) -> tuple[float, float]:
    """(mean cross-entropy, accuracy) of shares (texts, classes) against labels (texts,), from 0 on.

    Natural logarithm; shares are clipped at SMALLEST_SHARE as in Keras.
    """
    if shares.shape[1] == 2:  # 1 - p has lost the digits of a small p in float32
        p = np.clip(shares[:, 1].astype(np.float64), SMALLEST_SHARE, 1 - SMALLEST_SHARE)
        losses = np.where(labels == 1, np.log(p), np.log1p(-p))
    else:
        right = shares[np.arange(len(labels)), labels].astype(np.float64)
        losses = np.log(np.clip(right, SMALLEST_SHARE, 1 - SMALLEST_SHARE))
    return float(-np.mean(losses)), float(np.mean(verdicts(shares) == labels))


def chance_loss(classes: Sequence[str]) -> float:
    """The loss of a network that gives each class the same share: ln k."""
    return math.log(len(classes))
