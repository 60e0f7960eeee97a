"""The errors that a user can cause or fix, each with its own exit code."""

from typing import ClassVar

from returns_risk.errors.credentials import mask_credentials

__all__ = [
    "BundleError",
    "BusyError",
    "ClusterError",
    "DataError",
    "DeliveryError",
    "ExportError",
    "FeedbackError",
    "GateError",
    "LabelError",
    "LeakageError",
    "LedgerError",
    "MissingRunError",
    "NoCandidatesError",
    "ParamsError",
    "RegistryError",
    "ResourceError",
    "ReturnsRiskError",
    "SourceError",
    "Stopped",
]


class ReturnsRiskError(Exception):
    """Base of all errors a user can cause or fix: one line with file, finding and remedy.

    Messages are printed, logged, mailed and sent to webhooks, so credentials in their URLs are masked.
    """

    exit_code = 1

    def __init__(self, message: str) -> None:
        super().__init__(mask_credentials(message))


class ParamsError(ReturnsRiskError):
    """``params.yaml``, ``policy.yaml``, a recipe or a feature definition is wrong."""

    exit_code = 3


class SourceError(ReturnsRiskError):
    """A raw file, a SELECT or a column of a source is missing or cannot be read."""

    exit_code = 4


class DataError(ReturnsRiskError):
    """An error rule is broken by more than its tolerated share, or the extract is incomplete."""

    exit_code = 5


class LabelError(ReturnsRiskError):
    """A model cannot be trained: there are no matured lines, or only one class."""

    exit_code = 6


class NoCandidatesError(ReturnsRiskError):
    """No order line is open at the as-of."""

    exit_code = 7


class BundleError(ReturnsRiskError):
    """A model bundle is missing or damaged, or does not fit the features to score."""

    exit_code = 8


class ExportError(ReturnsRiskError):
    """A file or a folder cannot be written."""

    exit_code = 9


class LeakageError(ReturnsRiskError):
    """A feature used data from after its as-of, or a model is too good to be free of leakage."""

    exit_code = 10


class ClusterError(ReturnsRiskError):
    """The Dask cluster cannot be reached, has too few workers or other package versions, or lost a worker."""

    exit_code = 12


class RegistryError(ReturnsRiskError):
    """The registry lacks a model or an alias, cannot be reached, or does not agree with the ledger."""

    exit_code = 13


class GateError(ReturnsRiskError):
    """The gate refuses a challenger, or two models cannot be compared on the same lines."""

    exit_code = 14


class DeliveryError(ReturnsRiskError):
    """Results of a run cannot be delivered to a database, a webhook or by mail."""

    exit_code = 15


class LedgerError(ReturnsRiskError):
    """The ledger cannot be reached, has no such order, or was changed after it was written."""

    exit_code = 16


class BusyError(ReturnsRiskError):
    """Another nightly run of the same source, or another stage of the chain, holds the lock."""

    exit_code = 17


class MissingRunError(ReturnsRiskError):
    """The nightly run has not finished by the time it is expected."""

    exit_code = 18


class ResourceError(ReturnsRiskError):
    """There is not enough memory for the work."""

    exit_code = 19


class FeedbackError(ReturnsRiskError):
    """Some rows of a file of feedback were rejected; the others are stored."""

    exit_code = 20


class Stopped(BaseException):
    """The process received SIGTERM (exit code 143) or SIGINT (130). ``except Exception`` does not catch it."""

    exit_code = 143
    pending: "ClassVar[Stopped | None]" = None
    """The signal received. Compiled code can swallow the exception, so atomic files check it before they replace."""

    def __init__(self, signal: str, exit_code: int) -> None:
        super().__init__(f"stopped by {signal} before the end. No file is half-written; run it again to continue.")
        self.exit_code = exit_code
