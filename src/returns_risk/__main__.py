"""``python -m returns_risk``: the command without the installed script."""

from returns_risk.cli.app import main

main()
