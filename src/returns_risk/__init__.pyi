from returns_risk.config.params import load_params as load_params
from returns_risk.config.policy import load_policy as load_policy
from returns_risk.evaluation import measure as measure
from returns_risk.features import FeatureSet as FeatureSet
from returns_risk.features.size_advice import advise_sizes as advise_sizes
from returns_risk.model import ReasonClassifier as ReasonClassifier
from returns_risk.model import ReturnClassifier as ReturnClassifier
from returns_risk.registry.runs import list_runs as list_runs
from returns_risk.registry.versions import list_versions as list_versions
from returns_risk.scoring.what_if import explain_order as explain_order
from returns_risk.scoring.what_if import what_if as what_if
from returns_risk.snapshot import Shop as Shop
from returns_risk.snapshot import Snapshot as Snapshot
from returns_risk.snapshot.splits import forward_splits as forward_splits

__all__: list[str]
__version__: str
