"""What people read: SHAP values as sentences in the reader's language, messages, and decisions in words."""

from returns_risk.explain.decisions import DECISION_WORDS, say_decision, say_for_order
from returns_risk.explain.factors import sum_factors
from returns_risk.explain.language import languages_of, list_languages, load_language
from returns_risk.explain.messages import Message, write_message
from returns_risk.explain.pictures import picture, pyplot
from returns_risk.explain.plots import plot_attributions, plot_classifiers
from returns_risk.explain.reasons import ITEM, Attributions, explain, explain_to_customer
from returns_risk.explain.sizes import name_sizes
from returns_risk.explain.topics import Topic, list_topics

__all__ = [
    "DECISION_WORDS",
    "ITEM",
    "Attributions",
    "Message",
    "Topic",
    "explain",
    "explain_to_customer",
    "languages_of",
    "list_languages",
    "list_topics",
    "load_language",
    "name_sizes",
    "picture",
    "plot_attributions",
    "plot_classifiers",
    "pyplot",
    "say_decision",
    "say_for_order",
    "sum_factors",
    "write_message",
]
