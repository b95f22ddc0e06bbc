"""Models of allowed operators that need too much memory or work, or that give other outputs."""

from collections.abc import Callable

import numpy as np

from tests.hostile_models.building import answering, node


def _sized(*nodes, **weights) -> Callable[[], bytes]:
    return lambda: answering(*nodes, **weights).SerializeToString()


def _chain(operator: str, start: str, count: int, inputs: str = "{0} {0}", **options):
    """`operator` applied again and again to its own output, beginning with `start`."""
    names = [start, *(f"{operator}{number}" for number in range(count))]
    return [
        node(operator, inputs.format(before), after, **options)
        for before, after in zip(names, names[1:], strict=False)
    ]


_WIDTH = [
    node("Shape", "words", "shape"),
    node("Mul", "shape shape", "square"),
    node("Mul", "square square", "fourth"),
]


def _lstm(steps: int) -> Callable[[], bytes]:
    """An LSTM of one unit over so many steps."""
    steady = node(
        "LSTM", "x w r b  h c".replace("  ", " none "), "y yh yc", hidden_size=1, direction="forward"
    )
    steady.input[4] = ""
    weights = {
        "w": np.ones((1, 4, 1), np.float32),
        "r": np.ones((1, 4, 1), np.float32),
        "b": np.ones((1, 8), np.float32),
    }
    state = np.zeros((1, 1, 1), np.float32)
    return _sized(
        node("ConstantOfShape", "many", "x"),
        steady,
        many=np.array([steps, 1, 1]),
        h=state,
        c=state,
        **weights,
    )


# Name -> function that gives the bytes of the model. It needs too much for a review of 100 words, or for 80
# of these reviews in a batch.
SIZES: dict[str, Callable[[], bytes]] = {
    "a terabyte by Expand": _sized(node("Expand", "zero far", "e"), far=np.array([2**20, 2**18])),
    "a terabyte by ConstantOfShape": _sized(node("ConstantOfShape", "far", "e"), far=np.array([2**38])),
    "more numbers than there are atoms": _sized(
        node("ConstantOfShape", "far", "e"), far=np.array([2**62] * 60)
    ),
    "a negative size": _sized(node("ConstantOfShape", "far", "e"), far=np.array([-5])),
    "a terabyte by Pad": _sized(node("Pad", "good far", "p"), far=np.array([0, 2**38, 0, 0])),
    "a size from the words": _sized(
        node("Cast", "words", "w64", to=7),
        node("Squeeze", "w64 first", "list"),
        node("Expand", "zero list", "e"),
        first=np.array([0]),
    ),
    "a size from the number of words": _sized(
        *_WIDTH, node("Mul", "fourth fourth", "eighth"), node("Expand", "zero eighth", "e")
    ),
    "sums of all pairs, again and again": _sized(
        node("Cast", "words", "row", to=1),
        *(
            step
            for number in range(5)
            for step in (
                node("Unsqueeze", ("row" if not number else f"s{number - 1}") + " last", f"u{number}"),
                node("Add", f"u{number} " + ("row" if not number else f"s{number - 1}"), f"s{number}"),
            )
        ),
        last=np.array([-1]),
    ),
    "all triples of words, small for one short review": _sized(
        node("Cast", "words", "floats", to=1),
        *(node("Reshape", f"floats {axis}", f"{axis}s") for axis in "xyz"),
        node("Mul", "xs ys", "pairs"),
        node("Mul", "pairs zs", "triples"),
        x=np.array([-1, 1, 1]),
        y=np.array([1, -1, 1]),
        z=np.array([1, 1, -1]),
    ),
    "forty doublings": _sized(*_chain("Concat", "good", 40, axis=1)),
    "a place that does not exist, by Reshape": _sized(
        node("Reshape", "good far", "e"), far=np.array([2**20, -1])
    ),
    "a million large tensors": _sized(
        node("ConstantOfShape", "far", "e"), *_chain("Neg", "e", 900, "{0}"), far=np.array([2**25])
    ),
    "products of large tables": _sized(
        node("ConstantOfShape", "far", "e"), *_chain("MatMul", "e", 15), far=np.array([4000, 4000])
    ),
    "an LSTM of ten million steps": _lstm(10_000_000),
    "an LSTM of 10**9 units": _sized(
        node("LSTM", "x x x x x x x", "y yh yc", hidden_size=10**9, direction="forward"),
        x=np.ones((1, 1, 1), np.float32),
    ),
    "windows of no size": _sized(
        node("MaxPool", "x", "m", kernel_shape=[1, 0], strides=[1, 0]), x=np.ones((1, 1, 1, 1), np.float32)
    ),
    "a convolution of 2**40 windows": _sized(
        node("Expand", "k far", "wide"),
        node("Conv", "wide k", "c", kernel_shape=[1, 1]),
        k=np.ones((1, 1, 1, 1), np.float32),
        far=np.array([1, 1, 2**20, 2**20]),
    ),
    "reading backwards": _sized(
        node("Slice", "words one end one step", "back"),
        one=np.array([1]),
        end=np.array([-(2**62)]),
        step=np.array([-1]),
    ),
    "an answer for each word": lambda: answering(
        node("Cast", "words", "each", to=1), answer="each"
    ).SerializeToString(),
    "one answer for all reviews": lambda: answering(
        node("ReduceMean", "good", "one", axes=[0], keepdims=1), answer="one"
    ).SerializeToString(),
}
