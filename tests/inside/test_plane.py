"""Axes, their alignment, and lines, on numbers that can be computed by hand."""

import numpy as np
import pytest

from imdb_core.inside import plane

# Along (3, 4) / 5 the points lie at -10, -5, 5, 10; along (-4, 3) / 5 at 1, -1, -1, 1; the third number is 2.
LONG, SHORT = np.array([3, 4, 0]) / 5, np.array([-4, 3, 0]) / 5
ALONG, ACROSS = (-10, -5, 5, 10), (1, -1, -1, 1)
POINTS = np.array([a * LONG + b * SHORT + [0, 0, 2] for a, b in zip(ALONG, ACROSS, strict=True)])


def test_the_first_axis_is_the_direction_in_which_the_points_differ_most():
    axes = plane.principal(POINTS)
    assert axes.mean == pytest.approx([0, 0, 2])
    assert axes.axes[0] == pytest.approx(LONG)
    assert axes.shares == pytest.approx([250 / 254, 4 / 254])
    assert axes.coordinates(POINTS)[:, 0] == pytest.approx(ALONG)
    assert np.abs(axes.coordinates(POINTS)[:, 1]) == pytest.approx([1, 1, 1, 1])


def test_equal_points_have_no_variance_to_share():
    axes = plane.principal(np.ones((5, 3)))
    assert axes.shares.tolist() == [0, 0] and axes.coordinates(np.ones((1, 3))).tolist() == [[0, 0]]


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("degrees", [0, 30, 90, 180, 250])
def test_turned_and_mirrored_points_are_turned_back(degrees, mirrored):
    points = np.random.default_rng(0).normal(size=(50, 2)) * [3, 1]
    turn = np.deg2rad(degrees)
    moved = points @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    moved = moved * [1, -1 if mirrored else 1]
    rotation = plane.procrustes(moved, points)
    assert moved @ rotation == pytest.approx(points)
    assert rotation @ rotation.T == pytest.approx(np.eye(2))


def test_a_turned_plane_has_the_turned_coordinates_and_the_same_variance():
    axes = plane.principal(POINTS)
    quarter = np.array([[0.0, -1.0], [1.0, 0.0]])
    turned = axes.turned(quarter)
    assert turned.coordinates(POINTS) == pytest.approx(axes.coordinates(POINTS) @ quarter)
    assert turned.shares == pytest.approx(axes.shares[::-1])
    half = np.array([[1, -1], [1, 1]]) / np.sqrt(2)
    spread = axes.turned(half).coordinates(POINTS).var(axis=0)
    assert axes.turned(half).shares == pytest.approx(spread / POINTS.var(axis=0).sum())


def test_the_second_class_is_turned_to_the_right():
    points, labels = np.array([[0.0, 5.0], [0.0, 3.0], [1.0, -4.0]]), np.array([0, 0, 1])
    moved = points @ plane.positive_to_the_right(points, labels)
    difference = moved[2] - moved[:2].mean(axis=0)
    assert difference == pytest.approx([np.hypot(1, 8), 0])
    assert plane.positive_to_the_right(points[:2], np.array([0, 1]) * 0 + [0, 1]).shape == (2, 2)


def test_the_trace_of_a_hyperplane_gives_the_log_odds_of_points_on_the_plane():
    axes, kernel = plane.principal(POINTS), np.array([0.5, -0.25, 2.0])
    line = plane.trace_of_hyperplane(axes, kernel, 0.75)
    on_plane = axes.mean + np.array([[1.0, 2.0], [-3.0, 0.5]]) @ axes.axes
    expected = on_plane @ kernel + 0.75
    assert np.array([[1, 2, 1], [-3, 0.5, 1]]) @ line == pytest.approx(expected)


def test_a_fitted_line_lies_between_the_sides_and_none_is_fitted_to_one_side():
    points = np.array([[x, y] for x in (-3.0, -2.0, 2.0, 3.0) for y in (0.0, 10.0)])
    line = plane.fitted_line(points, points[:, 0] > 0)
    assert line[0] > 0 and abs(line[1]) < 1e-6 and abs(-line[2] / line[0]) < 1e-6
    shifted = plane.fitted_line(points + [7, 0], points[:, 0] > 0)
    assert -shifted[2] / shifted[0] == pytest.approx(7)
    assert plane.fitted_line(points, np.ones(len(points), bool)) is None


def test_a_fitted_line_is_the_maximum_of_the_likelihood():
    """One informative axis: log-odds 2 of 3 right on each side, so the slope is ln 2 at +-1."""
    points = np.array([[1.0, 0], [1, 1], [1, 2], [-1, 0], [-1, 1], [-1, 2]] * 50)
    sides = np.array([True, True, False, False, False, True] * 50)
    line = plane.fitted_line(np.column_stack([points[:, 0], np.zeros(len(points))]), sides)
    assert line[0] == pytest.approx(np.log(2), abs=0.01) and line[2] == pytest.approx(0, abs=1e-6)
