"""What people read: SHAP values as sentences in the reader's language, messages, and decisions in words."""

from returns_risk.explain.factors import Attributions, attribute, divide_beliefs, sum_factors
from returns_risk.explain.language import Language, load_language
from returns_risk.explain.messages import Message, MessageWriter
from returns_risk.explain.pictures import picture, pyplot
from returns_risk.explain.plots import plot_classifiers
from returns_risk.explain.policy_texts import require_texts
from returns_risk.explain.reasons import Reason, answered_kinds, explain
from returns_risk.explain.rows import Row, columns_of
from returns_risk.explain.sizes import name_sizes
from returns_risk.explain.topics import list_topics

__all__ = [
    "Attributions",
    "Language",
    "Message",
    "MessageWriter",
    "Reason",
    "Row",
    "answered_kinds",
    "attribute",
    "columns_of",
    "divide_beliefs",
    "explain",
    "list_topics",
    "load_language",
    "name_sizes",
    "picture",
    "plot_classifiers",
    "pyplot",
    "require_texts",
    "sum_factors",
]
