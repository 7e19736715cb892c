"""The object identifier of each extension that a profile can name by a word: one table for reading and writing."""

from __future__ import annotations

EXTENSIONS: dict[str, str] = {
    "basic-constraints": "2.5.29.19",
    "key-usage": "2.5.29.15",
    "extended-key-usage": "2.5.29.37",
    "subject-key-identifier": "2.5.29.14",
    "authority-key-identifier": "2.5.29.35",
    "certificate-policies": "2.5.29.32",
    "policy-mappings": "2.5.29.33",
    "policy-constraints": "2.5.29.36",
    "inhibit-any-policy": "2.5.29.54",
    "name-constraints": "2.5.29.30",
    "crl-distribution-points": "2.5.29.31",
    "freshest-crl": "2.5.29.46",
    "authority-information-access": "1.3.6.1.5.5.7.1.1",
    "subject-information-access": "1.3.6.1.5.5.7.1.11",
    "subject-alternative-name": "2.5.29.17",
    "issuer-alternative-name": "2.5.29.18",
    "private-key-usage-period": "2.5.29.16",
    "ocsp-no-check": "1.3.6.1.5.5.7.48.1.5",
    "qc-statements": "1.3.6.1.5.5.7.1.3",
}
"""Extensions by the word that a profile uses."""

EXTENSION_WORDS: dict[str, str] = {oid: word for word, oid in EXTENSIONS.items()}
"""The same table, read the other way."""
