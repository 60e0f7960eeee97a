"""``params.yaml`` as typed, frozen blocks: the parameters of the chain."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from returns_risk.config.nightly import MailParams, NightlyParams
from returns_risk.config.yaml_files import Frozen, load_yaml

__all__ = [
    "BacktestParams",
    "ClusterParams",
    "CompleteParams",
    "Cut",
    "EvaluateParams",
    "FairnessParams",
    "FeaturizeParams",
    "GateParams",
    "LeakageParams",
    "MailParams",
    "NightlyParams",
    "Params",
    "ScoreParams",
    "SourceParams",
    "SplitParams",
    "TrainParams",
    "TuneParams",
    "ValidateParams",
    "Worsening",
    "load_params",
]

Share = Annotated[float, Field(ge=0, le=1)]
Cut = Literal["values", "known", "thirds"] | tuple[float, ...]
"""How a dimension is cut: a category by its values, a number by whether it is known, by thirds, or at edges."""


class CompleteParams(Frozen):
    """How to tell that the raw files have been written in full; what is given must all hold."""

    marker: str | None = None
    """File that is written last, beside the raw files, e.g. ``_SUCCESS``."""
    counts: str | None = None
    """JSON file beside the raw files with the number of rows of each, header not counted: ``{"lines.csv": 4711}``."""
    min_age_minutes: PositiveInt | None = None
    """For so long no raw file must have changed."""

    @model_validator(mode="after")
    def _require_one(self) -> Self:
        if self.marker is None and self.counts is None and self.min_age_minutes is None:
            raise ValueError("give marker, counts or min_age_minutes; null for none")
        return self


class SourceParams(Frozen):
    """Which source the chain reads, and from where."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=100)]
    raw: Path
    time_zone: str
    complete: CompleteParams | None = None
    """How to tell that the raw files have been written in full; None to read them as they are."""
    guest_ids: tuple[Annotated[str, Field(min_length=1, coerce_numbers_to_str=True)], ...] = ()
    """Customer ids that the shop gives to guests; each of their orders is a customer of its own."""
    directories: tuple[Path, ...] = ()
    """Further folders that its SELECTs may read."""


class ValidateParams(Frozen):
    """How many rows of a table may be rejected before the run fails."""

    tolerated_share: Share
    rules: dict[str, Share]
    volume_drop: Share
    history_drop: Share = 0.001
    """Share of last night's rows that may be missing tonight."""
    candidates_drop: Share = 0.5
    """Largest drop of the candidates below any of the last seven nights."""
    stale_days: PositiveInt


class ClusterParams(Frozen):
    """Where features, training and scoring run."""

    address: str | None
    """Address of a Dask scheduler; None for this process."""
    workers: PositiveInt
    partitions: PositiveInt


class FeaturizeParams(Frozen):
    """Which lines become training rows and candidates."""

    warm_up_days: Annotated[int, Field(ge=0)]
    open_days: PositiveInt
    audit_nights: Annotated[int, Field(ge=0)]
    audit_lines: PositiveInt


class SplitParams(Frozen):
    """Lengths of the latest matured periods, in days of ordering."""

    test_days: PositiveInt
    calibrate_days: PositiveInt
    embargo: Literal["matured", "ordered"]


class TrainParams(Frozen):
    """How LightGBM learns; names are LightGBM's own."""

    learning_rate: PositiveFloat
    num_leaves: Annotated[int, Field(ge=2)]
    min_data_in_leaf: PositiveInt
    feature_fraction: Annotated[float, Field(gt=0, le=1)]
    bagging_fraction: Annotated[float, Field(gt=0, le=1)]
    lambda_l2: Annotated[float, Field(ge=0)]
    min_data_per_group: PositiveInt
    max_cat_threshold: PositiveInt
    cat_smooth: Annotated[float, Field(ge=0)]
    cat_l2: Annotated[float, Field(ge=0)]
    max_bin: Annotated[int, Field(ge=2)]
    extra_trees: bool
    min_category_lines: PositiveInt
    num_boost_round: PositiveInt
    early_stopping_round: PositiveInt
    num_threads: PositiveInt
    refit: bool
    calibration: Literal["auto", "platt", "beta", "isotonic", "temperature", "none"]
    features: Literal["auto", "all"]
    """Whether features whose removal cost nothing in the backtest are left out."""
    censored: Literal["auto", "weigh", "leave_out"]
    """Whether lines with an open return window are learnt from, weighted by how late returns become known."""
    half_life_days: PositiveInt | None
    """Age at which a line counts half as much as the latest; None for all alike."""
    shap_sample: PositiveInt


class BacktestParams(Frozen):
    """Past as-of days on which the risk model is trained and tested."""

    folds: Annotated[int, Field(ge=2)]
    step_days: PositiveInt
    test_days: PositiveInt
    learning_rate: PositiveFloat
    """Greater than in training, so that many trainings finish in time."""
    feature_shares: tuple[Annotated[float, Field(gt=0, lt=1)], ...]
    """Shares of the attributions that smaller sets of features make up, which are tried."""
    resamples: PositiveInt
    slices: dict[str, Cut]
    """Dimensions, each with its cut."""
    slice_lines: PositiveInt


class LeakageParams(Frozen):
    """When a model is too good to be true."""

    max_auc: Annotated[float, Field(gt=0.5, le=1)]
    max_share: Annotated[float, Field(gt=0, le=1)]
    """Of one feature in all attributions."""
    accepted: dict[str, Annotated[str, Field(pattern=r"\S")]]
    """Reason by feature, or by ``auc``, why it is right all the same."""


class TuneParams(Frozen):
    """Which of LightGBM's parameters are searched, and their ranges."""

    startup_trials: PositiveInt
    """Random trials before the sampler uses earlier results; they are never pruned."""
    space: dict[str, tuple[float, float] | tuple[bool, bool]]
    """Lowest and highest value of each parameter; whole numbers and wide ranges are searched on a logarithmic scale."""


class EvaluateParams(Frozen):
    """At which capacity the quality is measured, and who answers for the model."""

    capacity_share: Annotated[float, Field(gt=0, le=1)]
    owner: str | None = None
    """Role or team that answers for the model; None for a line to fill in on the card."""
    approved_by: str | None = None
    approved_on: date | None = None


class FairnessParams(Frozen):
    """Between which groups of customers the model card compares."""

    dimensions: dict[str, Cut]
    min_lines: PositiveInt
    """Groups with fewer tested lines or customers are not evaluated."""
    min_customers: PositiveInt
    resamples: PositiveInt


class ScoreParams(Frozen):
    """From which risk on lines are flagged, and how many reasons each has."""

    min_risk: Share
    reasons: PositiveInt


class Worsening(Frozen):
    """Allowed worsening of a challenger, as a share of the champion's value."""

    log_loss: Annotated[float, Field(ge=0)]
    precision_at_capacity: Share
    value_at_capacity: Share
    slice_log_loss: Annotated[float, Field(ge=0)]


class GateParams(Frozen):
    """When a challenger takes the champion's place."""

    resamples: Annotated[int, Field(ge=100)]
    level: Annotated[float, Field(gt=0, lt=1)]
    slices: dict[str, Cut]
    slice_lines: PositiveInt
    slice_customers: PositiveInt
    allowed_worsening: Worsening


class Params(Frozen):
    """All of ``params.yaml``."""

    source: SourceParams
    as_of: date
    seed: Annotated[int, Field(ge=0)]
    cluster: ClusterParams
    validate_: Annotated[ValidateParams, Field(alias="validate")]
    featurize: FeaturizeParams
    split: SplitParams
    train: TrainParams
    backtest: BacktestParams
    leakage: LeakageParams
    tune: TuneParams
    evaluate: EvaluateParams
    fairness: FairnessParams
    score: ScoreParams
    gate: GateParams
    nightly: NightlyParams = NightlyParams()


def load_params(path: Path = Path("params.yaml")) -> Params:
    """Read and check ``params.yaml``.

    Raises
    ------
    ParamsError
        The file is missing, is no YAML, or a key is unknown, missing or out of range.
    """
    return load_yaml(path, Params)
