"""The same work on the workers of a Dask cluster; Dask itself is imported only where there is one."""

from returns_risk.cluster.client import connected

__all__ = ["connected"]
