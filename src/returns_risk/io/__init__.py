"""Atomic files, locks, databases, templates, logging."""
