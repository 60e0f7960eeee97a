"""Features, training and scoring mapped over the workers of a Dask cluster (extra ``cluster``)."""

from returns_risk.cluster.client import connected

__all__ = ["connected"]
