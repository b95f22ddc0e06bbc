"""What the GRU and the plain RNN share: x W does not depend on the state, so one product serves all words.

Called by gru and simple_rnn, which add the loop over the words and its way back.

Shapes: n reviews, T words, E input features, H units. A step's sums have BLOCKS blocks of H columns. The
first of them take x W, the last of them take h U, as many as the kernels have.
"""

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from imdb_core.training.fast.parts import Buffers, Floats, Parts, aligned_array, f32


class OneProduct:
    """One layer's computation on `threads` cores; keeps what the next backward pass needs.

    `forward_loop(sums, recurrent kernel, bias, states)` fills `states` (T + 1, n, H) after the first from
    `sums` (T, n, BLOCKS x H), which hold x W, and keeps in `sums` what the way back needs.
    `backward_loop(transposed recurrent kernel, sums, states, d_last, d_outputs)` replaces `sums` by their
    gradients. `d_last` (n, H) is the gradient of the last output, `d_outputs` (n, T or 0, H) are added to the
    gradients of every step.
    """

    BLOCKS: ClassVar[int]
    forward_loop: ClassVar[Callable[..., None]]
    backward_loop: ClassVar[Callable[..., None]]

    def __init__(self, threads: int):
        self._parts = Parts(threads)
        self._buffers = Buffers()
        self._tape: Any = None

    def _forward(
        self,
        x: Floats,
        kernel: Floats,
        recurrent_kernel: Floats,
        bias: Floats,
        *,
        keep: bool,
        sequences: bool,
    ) -> Floats:
        """Last output (n, H), or with `sequences` all outputs (n, T, H), for `x` (n, T, E)."""
        (count, steps, features), units = x.shape, len(recurrent_kernel)
        output = aligned_array(count, steps, units) if sequences else aligned_array(count, units)

        def part(index: int, rows: slice) -> list[Floats]:
            n = len(x[rows])
            shapes = (steps, n, features), (steps, n, self.BLOCKS * units), (steps + 1, n, units)
            words, sums, states = arrays = self._buffers.arrays(index, *shapes)
            words[:] = x[rows].transpose(1, 0, 2)
            np.matmul(words, kernel, out=sums[:, :, : kernel.shape[1]])
            states[0] = 0
            self.forward_loop(sums, recurrent_kernel, bias, states)
            output[rows] = states[1:].transpose(1, 0, 2) if sequences else states[-1]
            return arrays

        taped = self._parts.run(part, count)
        self._tape = (kernel, recurrent_kernel, taped) if keep else None
        return output

    def _backward(self, d_output: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Gradients (x, kernel, recurrent kernel, sums of all blocks) of the last _forward() with `keep`."""
        kernel, recurrent_kernel, taped = self._tape
        self._tape = None
        count, units, steps = len(d_output), len(recurrent_kernel), len(taped[0][0])
        transposed = np.ascontiguousarray(recurrent_kernel.T)
        d_x = aligned_array(count, steps, len(kernel))
        d_outputs = d_output if d_output.ndim == 3 else np.empty((count, 0, units), f32)
        d_last = np.zeros((count, units), f32) if d_output.ndim == 3 else d_output.copy()

        def part(index: int, rows: slice) -> tuple[Any, ...]:
            words, sums, states = taped[index]
            self.backward_loop(transposed, sums, states, d_last[rows], d_outputs[rows])
            flat, flat_words, flat_states = (
                array.reshape(-1, array.shape[2]) for array in (sums, words, states[:-1])
            )
            by_word = flat[:, : kernel.shape[1]]
            by_state = flat[:, flat.shape[1] - recurrent_kernel.shape[1] :]
            gradients = flat_words.T @ by_word, flat_states.T @ by_state, flat.sum(0)
            np.matmul(by_word, kernel.T, out=flat_words)  # the words are no longer needed: reuse their memory
            d_x[rows] = words.transpose(1, 0, 2)
            return gradients

        gradients = zip(*self._parts.run(part, count), strict=True)
        d_kernel, d_recurrent, d_sums = (sum(terms) for terms in gradients)
        return d_x, d_kernel, d_recurrent, d_sums
