"""``python -m shop_simulator``."""

from shop_simulator.cli import main

main()
