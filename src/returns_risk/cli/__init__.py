"""The command ``returns-risk``; each command imports its modules itself, so that it starts quickly."""

from returns_risk.cli.app import main

__all__ = ["main"]
