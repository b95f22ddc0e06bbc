"""How the result of each ONNX operator depends on its inputs: one rule an operator. Called by gradients.

A rule gets an operator that was computed, and the gradient of some number with respect to its outputs. It
gives the gradients with respect to its inputs (chain rule, "reverse mode"; Griewank & Walther 2008,
"Evaluating Derivatives", chapter 3). Only operators between word vectors and answer have a rule. All other
operators compute shapes or positions, which do not depend on the numbers of a word vector.
"""

from collections.abc import Callable, Sequence

import numpy as np

from imdb_core.inside.computed import Array, Computed, NoGradient
from imdb_core.inside.recurrent_gradients import recurrent

Rule = Callable[[Computed], Sequence[Array | None]]


def input_gradients_of(computed: Computed) -> Sequence[Array | None]:
    """The gradient with respect to each input; None for an input such as a shape. Raises NoGradient."""
    rule = RULES.get(computed.node.operator)
    if rule is None:
        raise NoGradient(f"an operator {computed.node.operator}")
    return rule(computed)


def _summed(gradient: Array, shape: tuple[int, ...]) -> Array:
    """The gradient of an input that NumPy's broadcasting has repeated: the sum over its repetitions."""
    added = gradient.ndim - len(shape)
    repeated = (axis + added for axis, size in enumerate(shape) if size == 1 != gradient.shape[axis + added])
    summed: Array = gradient.sum(axis=(*range(added), *repeated)).reshape(shape)
    return summed


def _add(computed: Computed) -> Sequence[Array | None]:
    return [_summed(computed.gradient, computed.input(place).shape) for place in range(2)]


def _subtract(computed: Computed) -> Sequence[Array | None]:
    left, right = _add(computed)
    assert right is not None
    return left, -right


def _multiply(computed: Computed) -> Sequence[Array | None]:
    left, right = computed.input(0), computed.input(1)
    gradient = computed.gradient
    return _summed(gradient * right, left.shape), _summed(gradient * left, right.shape)


def _matrix_product(computed: Computed) -> Sequence[Array | None]:
    """For Y = A B: of A it is gradient B^T, of B it is A^T gradient."""
    left, right, gradient = computed.input(0), computed.input(1), computed.gradient
    of_left = gradient @ right.swapaxes(-1, -2)
    if right.ndim == 2:  # weights, which are no words: no sum over all texts
        return _summed(of_left, left.shape), None
    return _summed(of_left, left.shape), _summed(left.swapaxes(-1, -2) @ gradient, right.shape)


def _gemm(computed: Computed) -> Sequence[Array | None]:
    """Y = A B or A B^T with weights B, plus a bias that is no word."""
    computed.require(alpha=1.0, transA=0)
    right = computed.input(1)
    of_left = computed.gradient @ (right if computed.attribute("transB", 0) else right.T)
    return [of_left, *[None] * (len(computed.inputs) - 1)]


def _reshaped(computed: Computed) -> Sequence[Array | None]:
    return [computed.gradient.reshape(computed.input(0).shape), *[None] * (len(computed.inputs) - 1)]


def _transpose(computed: Computed) -> Sequence[Array | None]:
    return [computed.gradient.transpose(np.argsort(computed.attribute("perm")))]


def _concat(computed: Computed) -> Sequence[Array | None]:
    axis = computed.attribute("axis")
    sizes = [computed.input(place).shape[axis] for place in range(len(computed.inputs))]
    return np.split(computed.gradient, np.cumsum(sizes)[:-1], axis=axis)


def _slice(computed: Computed) -> Sequence[Array | None]:
    whole = np.zeros(computed.input(0).shape, np.float32)
    starts, ends, axes = (computed.input(place).tolist() for place in (1, 2, 3))
    strides = computed.input(4).tolist() if len(computed.inputs) > 4 else [1] * len(starts)
    place = [slice(None)] * whole.ndim
    for start, end, axis, stride in zip(starts, ends, axes, strides, strict=True):
        place[axis] = slice(start, end, stride)
    whole[tuple(place)] = computed.gradient
    return [whole, *[None] * (len(computed.inputs) - 1)]


def _axes(computed: Computed) -> tuple[int, ...]:
    """The axes over which an operator takes its mean or its largest number."""
    rank = computed.input(0).ndim
    if computed.node.operator.startswith("Global"):
        return tuple(range(2, rank))
    return tuple(axis % rank for axis in computed.attribute("axes", range(rank)))


def _mean(computed: Computed) -> Sequence[Array | None]:
    data, axes = computed.input(0), _axes(computed)
    shape = [1 if axis in axes else size for axis, size in enumerate(data.shape)]
    each = computed.gradient.reshape(shape) * np.float32(np.prod(shape) / data.size)
    return [np.broadcast_to(each, data.shape)]


def _largest(computed: Computed) -> Sequence[Array | None]:
    """Only the largest number counts; equal ones share the gradient, as in TensorFlow."""
    data, axes = computed.input(0), _axes(computed)
    is_largest = data == data.max(axis=axes, keepdims=True)
    shape = [1 if axis in axes else size for axis, size in enumerate(data.shape)]
    each = computed.gradient.reshape(shape) / is_largest.sum(axis=axes, keepdims=True, dtype=np.float32)
    return [np.where(is_largest, each, np.float32(0))]


def _max_pool(computed: Computed) -> Sequence[Array | None]:
    """The largest number of each window along the last axis; of equal ones the first, as in TensorFlow.

    Windows do not overlap. Positions behind the last whole window count nothing.
    """
    *ones, size = computed.attribute("kernel_shape")
    computed.require(strides=[*ones, size])
    if set(ones) - {1}:
        raise NoGradient(f"an operator MaxPool with windows {computed.attribute('kernel_shape')}")
    data, gradient = computed.input(0), computed.gradient
    shape = (*gradient.shape, size)
    inside = data[..., : gradient.shape[-1] * size].reshape(shape)
    of_inside = np.zeros(shape, np.float32)
    np.put_along_axis(of_inside, inside.argmax(axis=-1)[..., None], gradient[..., None], axis=-1)
    whole = np.zeros(data.shape, np.float32)
    whole[..., : gradient.shape[-1] * size] = of_inside.reshape(*gradient.shape[:-1], -1)
    return [whole]


def _convolution(computed: Computed) -> Sequence[Array | None]:
    """Data (texts, inputs, 1, words) and a kernel (filters, inputs, 1, size), padded to the same width."""
    data, kernel, gradient = computed.input(0), computed.input(1), computed.gradient
    size = kernel.shape[-1]
    computed.require(strides=[1, 1], dilations=[1, 1], group=1, auto_pad="SAME_UPPER")
    if kernel.shape[2] != 1 or data.shape[2] != 1:
        raise NoGradient(f"an operator Conv over {data.shape[2]} rows")
    width, before = data.shape[-1], (size - 1) // 2  # zeros before the first word
    padded = np.zeros((*data.shape[:2], width + size - 1), np.float32)
    for place in range(size):
        padded[..., place : place + width] += kernel[:, :, 0, place].T @ gradient[:, :, 0]
    return [padded[:, :, None, before : before + width], *[None] * (len(computed.inputs) - 1)]


def _softmax(computed: Computed) -> Sequence[Array | None]:
    """y (gradient - sum(gradient y)), the sum over the softmax's own axis."""
    shares, axis = computed.output, computed.attribute("axis", -1)
    weighted = computed.gradient * shares
    return [weighted - shares * weighted.sum(axis=axis, keepdims=True)]


RULES: dict[str, Rule] = {
    **dict.fromkeys(("GRU", "LSTM", "RNN"), recurrent),
    **dict.fromkeys(("GlobalAveragePool", "ReduceMean"), _mean),
    **dict.fromkeys(("GlobalMaxPool", "ReduceMax"), _largest),
    **dict.fromkeys(("Reshape", "Squeeze", "Unsqueeze"), _reshaped),
    "Add": _add,
    "Concat": _concat,
    "Conv": _convolution,
    "Gemm": _gemm,
    "MatMul": _matrix_product,
    "MaxPool": _max_pool,
    "Mul": _multiply,
    "Neg": lambda computed: [-computed.gradient],
    "Reciprocal": lambda computed: [-computed.gradient * computed.output**2],
    "Relu": lambda computed: [computed.gradient * (computed.output > 0)],
    "Sigmoid": lambda computed: [computed.gradient * computed.output * (1 - computed.output)],
    "Slice": _slice,
    "Softmax": _softmax,
    "Sqrt": lambda computed: [computed.gradient / (2 * computed.output)],
    "Sub": _subtract,
    "Tanh": lambda computed: [computed.gradient * (1 - computed.output**2)],
    "Transpose": _transpose,
}
