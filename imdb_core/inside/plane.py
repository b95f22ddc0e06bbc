"""The plane on which memories are shown: principal components, alignment of two epochs, and lines.

Everything is computed in float64. Called by memory_map.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]
STEPS, RIDGE = 25, 1e-3  # of Newton's method; the ridge keeps the line finite if the sides are separable


@dataclass(frozen=True)
class Plane:
    """A plane in the space of memories: the point mean + a axes[0] + b axes[1] has the coordinates (a, b).

    `mean` (units,); `axes` (2, units), orthonormal; `shares` (2,): the share of the variance along each axis.
    """

    mean: Doubles
    axes: Doubles
    shares: Doubles

    def coordinates(self, memories: npt.NDArray[Any]) -> Doubles:
        """(points, 2): where memories (points, units) lie on the plane, seen from straight above."""
        points: Doubles = (memories - self.mean) @ self.axes.T
        return points

    def turned(self, rotation: Doubles) -> "Plane":
        """The same plane with coordinates multiplied by the orthogonal matrix `rotation` (2, 2).

        The variance along the new axes follows from the old ones, because principal components do not
        correlate.
        """
        return Plane(self.mean, rotation.T @ self.axes, np.square(rotation.T) @ self.shares)


def principal(states: npt.NDArray[Any]) -> Plane:
    """The plane of the first two principal components of `states` (points, units).

    Pearson 1901; the eigenvectors of the covariance with the largest eigenvalues. Each axis has the sign that
    makes its largest number positive.
    """
    mean = states.mean(axis=0, dtype=np.float64)
    centred = states - mean
    values, vectors = np.linalg.eigh(centred.T @ centred)
    axes = vectors[:, ::-1][:, :2].T
    axes = axes * np.sign(axes[np.arange(2), np.abs(axes).argmax(axis=1)])[:, None]
    total = values.sum()
    shares = np.maximum(values[::-1][:2], 0) / total if total > 0 else np.zeros(2)
    return Plane(mean, axes, shares)


def procrustes(points: Doubles, target: Doubles) -> Doubles:
    """The orthogonal matrix Q (2, 2) that makes points @ Q as near to `target` as possible.

    Orthogonal Procrustes problem, Schönemann 1966: points' target = U S V', Q = U V'. Rows are the same texts
    in both. Q turns and may mirror, but does not stretch.
    """
    u, _, v = np.linalg.svd(points.T @ target)
    rotation: Doubles = u @ v
    return rotation


def positive_to_the_right(points: Doubles, labels: npt.NDArray[Any]) -> Doubles:
    """The matrix Q (2, 2) that turns the mean of the second class to the right of the mean of the first."""
    direction = points[labels == 1].mean(axis=0) - points[labels == 0].mean(axis=0)
    length = np.hypot(*direction)
    if not length > 0:
        return np.eye(2)
    x, y = direction / length
    return np.array([[x, -y], [y, x]])


def trace_of_hyperplane(plane: Plane, kernel: npt.NDArray[Any], bias: float) -> Doubles:
    """(3,) numbers a, b, c: the log-odds of the plane's point (x, y) are a x + b y + c.

    log-odds = memory @ kernel + bias. All other components have their mean, which the plane goes through. The
    verdict turns where the log-odds are zero.
    """
    return np.array([*(plane.axes @ kernel), plane.mean @ kernel + bias])


def fitted_line(points: Doubles, sides: npt.NDArray[np.bool_]) -> Doubles | None:
    """(3,) numbers a, b, c: a logistic regression of `sides` on points (x, y); None if all are on one side.

    Maximum likelihood by Newton's method (Cox 1958) with a small ridge on the slopes of standardised points.
    """
    if sides.all() or not sides.any():
        return None
    centre, spread = points.mean(axis=0), points.std(axis=0)
    spread = np.where(spread > 0, spread, 1)
    x = np.column_stack([(points - centre) / spread, np.ones(len(points))])
    penalty = RIDGE * len(points) * np.diag([1.0, 1.0, 0.0])
    line = np.zeros(3)
    for _ in range(STEPS):
        p = 0.5 + 0.5 * np.tanh(0.5 * x @ line)
        slope = x.T @ (sides - p) - penalty @ line
        curve = (x * (p * (1 - p))[:, None]).T @ x + penalty + 1e-9 * np.eye(3)
        line = line + np.linalg.solve(curve, slope)
    slopes = line[:2] / spread
    return np.array([*slopes, line[2] - slopes @ centre])
