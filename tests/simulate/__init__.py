"""Tests of the made-up shop; a package, so that mypy tells this conftest from those of other folders."""
