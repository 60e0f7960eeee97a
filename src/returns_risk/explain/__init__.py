"""What people read: SHAP values as sentences in the reader's language, messages, and decisions in words."""

from returns_risk.explain.decisions import DECISION_WORDS, say_decision, say_for_order
from returns_risk.explain.factors import Attributions, attribute, divide_beliefs, sum_factors
from returns_risk.explain.language import languages_of, load_language
from returns_risk.explain.messages import write_message
from returns_risk.explain.pictures import picture, pyplot
from returns_risk.explain.plots import plot_classifiers
from returns_risk.explain.reasons import ITEM, explain, explain_to_customer
from returns_risk.explain.sizes import name_sizes
from returns_risk.explain.topics import list_topics

__all__ = [
    "DECISION_WORDS",
    "ITEM",
    "Attributions",
    "attribute",
    "divide_beliefs",
    "explain",
    "explain_to_customer",
    "languages_of",
    "list_topics",
    "load_language",
    "name_sizes",
    "picture",
    "plot_classifiers",
    "pyplot",
    "say_decision",
    "say_for_order",
    "sum_factors",
    "write_message",
]
