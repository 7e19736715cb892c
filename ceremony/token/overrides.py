"""Environment variables that put another module, token or configuration in the place of the one a person chose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Override:
    """The name of a variable that is set, and what it can do. Its value is never kept: it may hold a PIN."""

    name: str
    why: str


_LOADER = "It makes the system load other code into every program, the PKCS#11 module included."
_OPENSSL = "It makes OpenSSL read other settings or load other code."
_PROXY = "It sends the calls to the token through another program, which sees the PIN."
_PYTHON = "It makes Python run other code than what was installed."

_EXACT: dict[str, str] = {
    "LD_PRELOAD": _LOADER,
    "LD_LIBRARY_PATH": _LOADER,
    "LD_AUDIT": _LOADER,
    "GLIBC_TUNABLES": "It changes how the system loads and runs every program.",
    "GCONV_PATH": _LOADER,
    "OPENSSL_CONF": _OPENSSL,
    "OPENSSL_CONF_INCLUDE": _OPENSSL,
    "OPENSSL_MODULES": _OPENSSL,
    "OPENSSL_ENGINES": _OPENSSL,
    "PKCS11_MODULE_PATH": "It names another PKCS#11 module to OpenSSL's engine.",
    "PKCS11_PROVIDER_MODULE": "It names another PKCS#11 module to OpenSSL's provider.",
    "PKCS11_PROXY_SOCKET": _PROXY,
    "PKCS11_PROXY_TLS_PSK_FILE": _PROXY,
    "SOFTHSM_CONF": "It names the configuration of SoftHSM 1: which token files are used.",
    "SOFTHSM2_CONF": "It names SoftHSM's configuration: which token files are used.",
    "KRYOPTIC_CONF": "It names kryoptic's configuration: which token files are used.",
    "TPM2_PKCS11_STORE": "It names the folder from which tpm2-pkcs11 takes its tokens.",
    "TPM2_PKCS11_TCTI": "It names the TPM to which tpm2-pkcs11 talks.",
    "YUBIHSM_PKCS11_CONF": "It names the configuration of the YubiHSM module: which device is used.",
    "P11NETHSM_CONFIG_FILE": "It names the configuration of the NetHSM module: which device is used.",
    "KMS_PKCS11_CONFIG": "It names the configuration of a cloud module: whose keys are used.",
    "OPENSC_CONF": "It names OpenSC's configuration: which drivers and readers are used.",
    "OPENSC_DEBUG": "It makes OpenSC write what it does to a log, where a PIN may stand.",
    "OPENSC_DRIVER": "It makes OpenSC treat the card as one of another kind.",
    "PCSCLITE_CSOCK_NAME": "It makes smart card calls go to another service.",
    "LIBPCSCLITE_DELEGATE": "It puts a spy between the program and the card service, which sees the PIN.",
    "ChrystokiConfigurationPath": "It names the configuration of the Luna module: which device is used.",
    "CS_PKCS11_R2_CFG": "It names the configuration of the Utimaco module: which device is used.",
    "CS_PKCS11_R3_CFG": "It names the configuration of the Utimaco module: which device is used.",
    "PYTHONPATH": _PYTHON,
    "PYTHONHOME": _PYTHON,
    "PYTHONSTARTUP": _PYTHON,
}

_PREFIX: dict[str, str] = {
    "P11_KIT_": "It changes which modules p11-kit loads, or writes down what they do.",
    "PKCS11SPY": "It puts a spy between the program and the token, which writes down every call and the PIN.",
    "CKNFAST_": "It changes how the nShield module protects and finds keys.",
    "NFAST_": "It changes which nShield device or key folder is used.",
    "ET_PTKC_": "It changes which ProtectServer device is used and what it logs.",
}


def vendor_overrides(environ: Mapping[str, str]) -> tuple[Override, ...]:
    """The variables in `environ` that redirect a PKCS#11 module or the loader, by name; an empty one does nothing."""
    found = []
    for name in sorted(name for name, value in environ.items() if value):
        why = _EXACT.get(name) or next((why for prefix, why in _PREFIX.items() if name.startswith(prefix)), None)
        if why is not None:
            found.append(Override(name, why))
    return tuple(found)
