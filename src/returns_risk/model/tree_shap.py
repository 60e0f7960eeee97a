"""Exact SHAP values of trees, the same for all rows that meet the same conditions of a leaf's path.

LightGBM's own ``pred_contrib`` walks all paths of a tree anew for each row. What a leaf contributes depends on the row
only through which features of its path the row agrees with, and so the contributions of each such pattern are computed
once (Yang 2021, Fast TreeSHAP: accelerating SHAP value computation for trees, version 2).
"""

from functools import cache
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
import numpy.typing as npt

from returns_risk.model.trees import Tree, read_trees

if TYPE_CHECKING:
    import lightgbm as lgb

__all__ = ["tree_shap"]

Values = npt.NDArray[np.float64]
_CATEGORIES, _LEFT, _ZERO, _NAN = 1, 2, 4, 8
_NEARLY_ZERO = 1e-35  # LightGBM's kZeroThreshold
_DEEPEST = 64  # features of a path, a bit of the pattern each
_TABLED = 8  # features of a path: with more, the table of their patterns outgrows the processor's cache
_ROWS_PER_PATTERN = 8  # fewer rows have few of a path's patterns, and compute them one by one


def tree_shap(booster: "lgb.Booster", matrix: npt.NDArray[np.float32], classes: int = 1) -> Values:
    """Return SHAP values on the raw margin, path-dependent (Lundberg et al. 2020), as ``pred_contrib`` does.

    Parameters
    ----------
    matrix : what the booster reads, shape (n_rows, n_features)
    classes : trees of a round

    Returns
    -------
    Shape (n_rows, classes, n_features + 1); the last column is the base value.
    """
    values = np.zeros((len(matrix), classes, matrix.shape[1] + 1))
    for number, tree in enumerate(read_trees(booster)):
        if len(tree.leaf_value) == 1:
            values[:, number % classes, -1] += tree.leaf_value[0]
            continue
        _add_tree(tree, matrix, values[:, number % classes])
    return values


def _add_tree(tree: Tree, matrix: npt.NDArray[np.float32], values: Values) -> None:
    count, features, shares, *path = _describe_leaves(
        tree.feature, tree.left, tree.right, tree.node_rows, tree.leaf_rows
    )
    quadrature = _quadrature(count, shares)
    tabled = min(_TABLED, max(len(matrix) // _ROWS_PER_PATTERN, 1).bit_length() - 1)
    begins, table = _tabulate(count, tree.leaf_value, *quadrature, tabled)
    values[:, -1] += float((tree.leaf_rows * tree.leaf_value).sum() / tree.leaf_rows.sum())
    _add_rows(
        matrix, values, tree.feature, tree.threshold, tree.decision, tree.set_begins, tree.set_words, tree.leaf_value,
        count, features, *path, *quadrature, begins, table,
    )  # fmt: skip


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _describe_leaves(
    feature: Any, left: Any, right: Any, node_rows: Any, leaf_rows: Any
) -> tuple[Any, Any, Any, Any, Any, Any]:
    """Return of each leaf: number of path features, the features, their shares of rows; its nodes, sides and slots.

    The share of a feature is the product, over its nodes on the path, of the share of a node's rows that go the way of
    the path. The slot of a node is the position of its feature.
    """
    leaves, nodes = len(leaf_rows), len(feature)
    parent = np.full(nodes, -1, dtype=np.int64)
    leaf_parent = np.zeros(leaves, dtype=np.int64)
    for node in range(nodes):
        for child in (left[node], right[node]):
            if child >= 0:
                parent[child] = node
            else:
                leaf_parent[-child - 1] = node
    count, length = np.zeros(leaves, dtype=np.int64), np.zeros(leaves, dtype=np.int64)
    features, shares = np.zeros((leaves, nodes), dtype=np.int64), np.ones((leaves, nodes))
    path = np.zeros((leaves, nodes), dtype=np.int64)
    slots = np.zeros((leaves, nodes), dtype=np.int64)
    for leaf in range(leaves):
        child, node, rows = -leaf - 1, leaf_parent[leaf], leaf_rows[leaf]
        while node >= 0:
            slot = 0
            while slot < count[leaf] and features[leaf, slot] != feature[node]:
                slot += 1
            if slot == count[leaf]:
                features[leaf, slot] = feature[node]
                count[leaf] += 1
            shares[leaf, slot] *= rows / node_rows[node]
            # The side is in the sign: the nodes of a path that go left are as they are, the others below 0.
            path[leaf, length[leaf]] = node if left[node] == child else -node - 1
            slots[leaf, length[leaf]] = slot
            length[leaf] += 1
            rows, child = node_rows[node], node
            node = parent[node]
    return count, features, shares, length, path, slots


@cache
def _gauss_legendre(number: int) -> tuple[Values, Values]:
    return np.polynomial.legendre.leggauss(number)


def _quadrature(count: npt.NDArray[np.int64], shares: Values) -> tuple[Values, Values, Values]:
    """Return the weights of the points at which the integral is evaluated, and the factors of each feature there.

    Returns
    -------
    Weights by number of points, shape (most + 1, most); then by leaf, agreement (0 or 1), slot and point the factor of
    a feature, and its effect divided by its factor, each of shape (n_leaves, 2, n_slots, most).
    """
    slots = int(count.max())
    most = (slots + 1) // 2
    weights, points = np.zeros((most + 1, most)), np.full((most + 1, most), 0.5)
    for number in range(1, most + 1):
        at, weight = _gauss_legendre(number)
        points[number, :number], weights[number, :number] = (at + 1) / 2, weight / 2
    of_leaf = points[(count + 1) // 2][:, None, None, :]
    effect = np.arange(2)[None, :, None] - shares[:, None, :slots]
    factor = shares[:, None, :slots, None] + of_leaf * effect[..., None]
    return weights, factor, effect[..., None] / factor


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _weigh(
    weights: Any, factor: Any, ratio: Any, count: int, pattern: int, value: float, scratch: Any, found: Any
) -> None:
    """Write what each feature of a path contributes for a pattern of agreement.

    A leaf is a game in which each feature multiplies the leaf's value by 1 or 0 (it agrees or not) where it is known
    and by its share of rows where it is not. Its Shapley values are integrals of polynomials (Owen 1972, Multilinear
    extensions of games), which Gauss-Legendre quadrature gives exactly with half as many points as there are features.

    Parameters
    ----------
    weights, factor, ratio : of one leaf (``_quadrature``)
    scratch : shape (n_points,)
    found : shape (count,), written
    """
    points = (count + 1) // 2
    for point in range(points):
        scratch[point] = weights[points, point] * value
    for slot in range(count):
        agrees = (pattern >> slot) & 1
        for point in range(points):
            scratch[point] *= factor[agrees, slot, point]
    for slot in range(count):
        agrees, total = (pattern >> slot) & 1, 0.0
        for point in range(points):
            total += scratch[point] * ratio[agrees, slot, point]
        found[slot] = total


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _tabulate(count: Any, leaf_value: Any, weights: Any, factor: Any, ratio: Any, tabled: int) -> tuple[Any, Any]:
    """Compute the contributions of all patterns of the leaves with at most ``tabled`` features on their path."""
    begins, size = np.full(len(count), -1, dtype=np.int64), 0
    for leaf in range(len(count)):
        if count[leaf] <= tabled:
            begins[leaf] = size
            size += (1 << count[leaf]) * count[leaf]
    table, scratch = np.empty(size), np.empty(_DEEPEST)
    for leaf in range(len(count)):
        if begins[leaf] >= 0:
            width = count[leaf]
            for pattern in range(1 << width):
                begin = begins[leaf] + pattern * width
                found = table[begin : begin + width]
                _weigh(weights, factor[leaf], ratio[leaf], width, pattern, leaf_value[leaf], scratch, found)
    return begins, table


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _goes_left(value: float, threshold: float, decision: int, set_begins: Any, set_words: Any) -> bool:
    """Decide as LightGBM does."""
    if decision & _CATEGORIES:
        if np.isnan(value) or value < 0:
            return False
        number, level = int(threshold), int(value)
        word = set_begins[number] + (level >> 5)
        return word < set_begins[number + 1] and bool((set_words[word] >> (level & 31)) & 1)
    if np.isnan(value) and not decision & _NAN:
        value = 0.0
    if np.isnan(value) or (decision & _ZERO and abs(value) <= _NEARLY_ZERO):
        return bool(decision & _LEFT)
    return value <= threshold


@numba.njit(nogil=True, cache=True, parallel=True)  # type: ignore[untyped-decorator]
def _add_rows(
    matrix: Any, values: Any, feature: Any, threshold: Any, decision: Any, set_begins: Any, set_words: Any,
    leaf_value: Any, count: Any, features: Any, length: Any, path: Any, slots: Any, weights: Any, factor: Any,
    ratio: Any, begins: Any, table: Any,
) -> None:  # fmt: skip
    """Add the contributions of one tree to those of each row; a row's sums do not depend on other rows or threads."""
    nodes, leaves = len(feature), len(leaf_value)
    blocks = (len(matrix) + 255) // 256
    for block in numba.prange(blocks):
        goes = np.empty(nodes, dtype=np.bool_)
        scratch, found = np.empty(_DEEPEST), np.empty(_DEEPEST)
        for row in range(block * 256, min(len(matrix), (block + 1) * 256)):
            for node in range(nodes):
                goes[node] = _goes_left(
                    float(matrix[row, feature[node]]), threshold[node], decision[node], set_begins, set_words
                )
            for leaf in range(leaves):
                width = count[leaf]
                pattern = (1 << width) - 1
                for step in range(length[leaf]):
                    node = path[leaf, step]
                    if (node >= 0) != goes[node if node >= 0 else -node - 1]:
                        pattern &= ~(1 << slots[leaf, step])
                if begins[leaf] >= 0:
                    begin = begins[leaf] + pattern * width
                    for slot in range(width):
                        values[row, features[leaf, slot]] += table[begin + slot]
                else:
                    _weigh(weights, factor[leaf], ratio[leaf], width, pattern, leaf_value[leaf], scratch, found)
                    for slot in range(width):
                        values[row, features[leaf, slot]] += found[slot]
