"""Candidates to a scored run: predict, decide, explain."""
