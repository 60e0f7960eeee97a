"""Check a booster's text before LightGBM reads it: LightGBM follows indices unchecked and ends the process."""

import re
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

__all__ = ["require_sound"]

Numbers = npt.NDArray[np.float64]
_REQUIRED = {
    "version", "num_class", "num_tree_per_iteration", "label_index", "max_feature_idx", "objective", "feature_names",
    "feature_infos", "tree_sizes",
}  # fmt: skip
"""Keys of the header."""
_OPTIONAL = {"tree", "monotone_constraints"}
_NODES = (
    "split_feature", "split_gain", "threshold", "decision_type", "left_child", "right_child", "internal_value",
    "internal_weight", "internal_count",
)  # fmt: skip
_LEAVES = ("leaf_value", "leaf_weight", "leaf_count")
_CATEGORIES = ("cat_boundaries", "cat_threshold")
_TREE = {"num_leaves", "num_cat", *_NODES, *_LEAVES, "is_linear", "shrinkage"}
_INTEGERS = ("split_feature", "decision_type", "left_child", "right_child", *_CATEGORIES)
_OBJECTIVE = re.compile(r"binary sigmoid:1|multiclass num_class:(\d+)")
_TAIL = re.compile(
    r"\nfeature_importances:\n(?:[^=\n]+=\d+(?:\.\d+)?\n)*"
    r"\nparameters:\n(?:\[[a-z]\w*: [^\n\]]*\]\n)*\nend of parameters\n(?:\npandas_categorical:[^\n]*\n)?"
)
_LARGEST = 2.0**32
_DECISIONS = 12  # categorical or not, where missing values go, what counts as missing


def require_sound(text: str) -> None:
    """Refuse a text whose trees do not hold together.

    Raises
    ------
    ValueError
        A number is not finite, a list has another length than its tree, or an index leads out of it.
    """
    head, separator, trees = text.partition("\n\nTree=")
    body, end, tail = f"Tree={trees}".partition("end of trees\n")
    header = _read_header(head)
    sizes = header["tree_sizes"].split()
    if not (separator and end) or len(body.encode()) != sum(_integer(size) for size in sizes):
        raise ValueError("trees are missing")
    if _TAIL.fullmatch(tail) is None:
        raise ValueError("the text after the trees is not LightGBM's")
    features = _require_header(header, len(sizes))
    for number, block in enumerate(_cut(body, sizes)):
        _require_tree(block, number, features)


def _read_header(head: str) -> dict[str, str]:
    pairs = [line.partition("=")[::2] for line in head.split("\n")]
    header = dict(pairs)
    if len(header) != len(pairs) or not _REQUIRED <= set(header) <= _REQUIRED | _OPTIONAL:
        raise ValueError("the header is not LightGBM's")
    return header


def _require_header(header: dict[str, str], trees: int) -> int:
    """Return the number of features."""
    features, classes = _integer(header["max_feature_idx"]) + 1, _integer(header["num_class"])
    objective = _OBJECTIVE.fullmatch(header["objective"])
    named = ("feature_names", "feature_infos", "monotone_constraints")
    lists = [header[name].split() for name in named if name in header]
    if (
        header["version"] != "v4"
        or objective is None
        or classes != int(objective[1] or 1)
        or classes < 1
        or _integer(header["num_tree_per_iteration"]) != classes
        or trees % classes
        or any(len(values) != features for values in lists)
    ):
        raise ValueError("the header does not hold together")
    return features


def _cut(body: str, sizes: list[str]) -> Iterator[str]:
    start, encoded = 0, body.encode()
    for size in sizes:
        yield encoded[start : start + int(size)].decode()
        start += int(size)


def _require_tree(block: str, number: int, features: int) -> None:
    first, *lines = block.rstrip("\n").split("\n")
    pairs = [line.partition("=")[::2] for line in lines]
    tree, leaves = dict(pairs), _integer(dict(pairs).get("num_leaves", ""))
    categories = _integer(tree.get("num_cat", ""))
    wanted = _TREE | set(_CATEGORIES if categories else ())
    if first != f"Tree={number}" or len(pairs) != len(wanted) or set(tree) != wanted or leaves < 1:
        raise ValueError(f"tree {number} is not LightGBM's")
    values = {
        name: _numbers(tree[name], integer=name in _INTEGERS) for name in sorted(wanted - {"num_leaves", "num_cat"})
    }
    # A tree of one leaf has no counts.
    right = all(len(values[name]) == leaves - 1 for name in _NODES) and all(
        len(values[name]) == leaves or (leaves == 1 and name != "leaf_value" and not len(values[name]))
        for name in _LEAVES
    )
    if not right or tree["is_linear"] != "0" or not _leads_to_leaves(values, leaves, features):
        raise ValueError(f"tree {number} does not hold together")
    if not _has_categories(values, categories):
        raise ValueError(f"tree {number} refers to categories that it does not have")


def _leads_to_leaves(values: dict[str, Numbers], leaves: int, features: int) -> bool:
    """Tell whether each node has one parent, before it, and each leaf too; nodes count from 0, leaves from -1 down."""
    left, right, split = values["left_child"], values["right_child"], values["split_feature"]
    parent = np.arange(leaves - 1)
    forward = all(((child < 0) | (child > parent)).all() for child in (left, right))
    reached = np.sort(np.concatenate([left, right]))
    every = np.concatenate([np.arange(-leaves, 0), np.arange(1, leaves - 1)]) if leaves > 1 else reached
    known = ((split >= 0) & (split < features)).all()
    decided = ((values["decision_type"] >= 0) & (values["decision_type"] < _DECISIONS)).all()
    return bool(forward and known and decided and np.array_equal(reached, every))


def _has_categories(values: dict[str, Numbers], categories: int) -> bool:
    chosen = values["threshold"][values["decision_type"].astype(np.int64) % 2 == 1]
    if not ((chosen >= 0) & (chosen < categories) & (chosen == chosen.round())).all():
        return False
    if not categories:
        return True
    bounds, bits = values["cat_boundaries"], values["cat_threshold"]
    return bool(
        len(bounds) == categories + 1
        and bounds[0] == 0
        and (np.diff(bounds) > 0).all()
        and bounds[-1] == len(bits)
        and (bits >= 0).all()
    )


def _numbers(text: str, *, integer: bool) -> Numbers:
    numbers = np.array(text.split(" ") if text else [], dtype=np.float64)
    wrong = (numbers != numbers.round()) | (np.abs(numbers) >= _LARGEST)
    if not np.isfinite(numbers).all() or (integer and wrong.any()):
        raise ValueError("a number is not finite, or not whole")
    return numbers


def _integer(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError("a number is not whole")
    return int(text)
