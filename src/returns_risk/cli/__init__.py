"""The command ``returns-risk``: thin, and quick to start, since each command imports what it needs itself."""

from returns_risk.cli.app import main

__all__ = ["main"]
