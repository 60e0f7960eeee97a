"""Each error has its own exit code."""

from returns_risk import errors


def test_exit_codes_are_those_of_the_documentation():
    codes = {name: getattr(errors, name).exit_code for name in errors.__all__}
    assert codes == {
        "BundleError": 8,
        "BusyError": 17,
        "ClusterError": 12,
        "DataError": 5,
        "DeliveryError": 15,
        "ExportError": 9,
        "FeedbackError": 20,
        "GateError": 14,
        "LabelError": 6,
        "LeakageError": 10,
        "LedgerError": 16,
        "MissingRunError": 18,
        "NoCandidatesError": 7,
        "ParamsError": 3,
        "RegistryError": 13,
        "ResourceError": 19,
        "ReturnsRiskError": 1,
        "SourceError": 4,
        "Stopped": 143,
    }


def test_exit_codes_are_distinct_and_never_those_of_success_or_a_usage_error():
    codes = [getattr(errors, name).exit_code for name in errors.__all__]
    assert len(set(codes)) == len(codes)
    assert not {0, 2} & set(codes)


def test_each_error_but_stopped_is_a_returns_risk_error():
    kinds = {name for name in errors.__all__ if not issubclass(getattr(errors, name), errors.ReturnsRiskError)}
    assert kinds == {"Stopped"}
