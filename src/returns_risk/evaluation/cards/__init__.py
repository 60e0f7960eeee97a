"""Model cards: what a model learnt from, how well it does, and for whom."""
