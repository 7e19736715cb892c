"""Variables that put another module or token in place of the chosen one are named, their values never."""

from __future__ import annotations

import pytest

from ceremony.token.overrides import Override, vendor_overrides


@pytest.mark.parametrize(
    "name",
    [
        "SOFTHSM2_CONF",
        "LD_PRELOAD",
        "LD_LIBRARY_PATH",
        "OPENSSL_CONF",
        "OPENSSL_MODULES",
        "PKCS11_MODULE_PATH",
        "P11_KIT_STRICT",
        "PKCS11SPY",
        "PKCS11SPY_OUTPUT",
        "PKCS11_PROXY_SOCKET",
        "CKNFAST_LOADSHARING",
        "NFAST_HOME",
        "ChrystokiConfigurationPath",
        "CS_PKCS11_R2_CFG",
        "YUBIHSM_PKCS11_CONF",
        "OPENSC_CONF",
        "PYTHONPATH",
    ],
)
def test_a_variable_that_redirects_is_named_with_the_reason_and_without_its_value(name: str) -> None:
    (override,) = vendor_overrides({name: "s3cret-value", "HOME": "/root"})
    assert override.name == name
    assert override.why.endswith(".")
    assert "s3cret-value" not in repr(override)


def test_an_ordinary_environment_has_none() -> None:
    assert vendor_overrides({"HOME": "/root", "PATH": "/bin", "TERM": "linux", "LANG": "C", "NO_COLOR": "1"}) == ()


def test_an_empty_variable_redirects_nothing() -> None:
    assert vendor_overrides({"LD_PRELOAD": ""}) == ()


def test_they_come_in_the_order_of_their_names() -> None:
    found = vendor_overrides({"PYTHONPATH": "x", "LD_PRELOAD": "x"})
    assert [override.name for override in found] == ["LD_PRELOAD", "PYTHONPATH"]
    assert all(isinstance(override, Override) for override in found)
