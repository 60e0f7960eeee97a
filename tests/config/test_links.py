"""Links of the page: a template that names an order, and hosts that may show photos."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from returns_risk.cli.app import app
from returns_risk.config.links import LinksPolicy
from returns_risk.config.policy import load_policy
from returns_risk.errors import ParamsError


@pytest.mark.parametrize(
    ("order", "finding"),
    [
        ("https://shop.example/orders", "must contain {order_id} once"),
        ("https://shop.example/{order_id}/{order_id}", "must contain {order_id} once"),
        ("https://shop.example/{order_id}/{customer}", "must contain {order_id} once and no other field"),
        ("https://shop.example/{order_id!r}", "must contain {order_id} once"),
        ("javascript:alert('{order_id}')", "must begin with https:// or http://"),
        ("https://shop.example/{order_id", "expected '}'"),
    ],
)
def test_a_template_that_would_not_lead_to_an_order_is_refused(root, tmp_path, order, finding):
    policy = yaml.safe_load((root / "policy.yaml").read_text()) | {"links": {"order": order}}
    file = tmp_path / "policy.yaml"
    file.write_text(yaml.safe_dump(policy))
    with pytest.raises(ParamsError) as error:
        load_policy(file)
    assert "policy.yaml: links.order: " in str(error.value)
    assert finding in str(error.value)
    assert "Value error" not in str(error.value)


@pytest.mark.parametrize("photo", ["http://img.example", "https://img.example/", "https://a.example b", "'self'", "*"])
def test_a_host_of_photos_is_an_https_origin(photo):
    with pytest.raises(ValueError, match="photos"):
        LinksPolicy(photos=(photo,))


@given(st.text(min_size=1))
def test_no_order_id_leaves_its_place_in_the_address(order_id):
    address = LinksPolicy(order="https://shop.example/orders/{order_id}?tab=1").to_order(order_id)
    assert address is not None
    assert address.startswith("https://shop.example/orders/")
    assert address.endswith("?tab=1")
    middle = address.removeprefix("https://shop.example/orders/").removesuffix("?tab=1")
    assert not set(middle) & set("/?#&<>\"' ")


def test_policy_check_refuses_a_wrong_template(root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (root / "policy.yaml").read_text().replace("orders/{order_id}", "orders/{id}")
    (tmp_path / "policy.yaml").write_text(text)
    result = CliRunner().invoke(app, ["policy", "check"])
    assert isinstance(result.exception, ParamsError)
