"""What was known at an as-of, and what became of each line."""
