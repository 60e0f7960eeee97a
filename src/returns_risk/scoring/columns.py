"""Names of the columns of a scored run, in the order of the exported files."""

__all__ = ["CERTAINTY", "CONTEXT", "DECISION", "IDS", "PREDICTION", "RESOLUTION", "SHADOW", "SIZES", "TREATED"]

IDS = ["order_id", "line_id", "sku", "ordered_on", "as_of"]
CERTAINTY = ["risk_low", "risk_high", "evidence", "return_reason", "return_reason_share"]
PREDICTION = ["risk", "flagged", *CERTAINTY]
DECISION = ["decision", "intervention", "value", "value_low", "value_high", "arm", "no_action_reason"]
SIZES = ["suggested_size", "suggested_size_kept", "ordered_size_kept", "size_evidence"]
"""Where the model has learnt from sizes; a dictionary of counts in ``size_evidence`` (``count_size_outcomes``)."""
RESOLUTION = ["resolution", "resolution_text"]
"""What to offer should the line come back, and the text for the agent; missing where no rule of the policy fits."""
SHADOW = ["shadow_intervention", "shadow_value"]
TREATED = ("act", "review")
"""Decisions that lead to an intervention."""
CONTEXT = ["market", "warehouse", "brand", "category", "size", "colour", "quantity", "unit_price", "currency"]
"""What operations know a line by; columns that the source lacks are left out."""
