"""A policy file: what is refused, in which words, at which line and column; and what is then accepted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ceremony.custody.people import People
from ceremony.errors import InputError
from ceremony.policy.load import load_policy
from ceremony.policy.models import Policy
from ceremony.policy.primitives import Model
from ceremony.policy.schema import DIALECT, policy_schema, schema_of
from ceremony.policy.validate import WORDS_OF_PATTERN, validate
from ceremony.strict_yaml import examine

Edit = Callable[[str], Callable[[str, str], None]]

MINIMAL = """\
format: ceremony-policy/1
ca: {name: Demonstration CA, country: ID}
cp_cps:
  title: A statement
  version: "1.0"
  date: "2026-11-02"
keys:
  ec: {algorithm: p-384}
  rsa: {algorithm: rsa-4096}
certificates:
  root:
    lint_as: root-ca
    subject:
      - {type: CN, value: Root}
    issuer: root
    key: ec
    signature: ecdsa-sha384
    validity: {lifetime: 20y}
    extensions:
      - {type: key-usage, critical: true, usages: [keyCertSign]}
      - type: basic-constraints
        critical: true
        ca: true
  sub:
    lint_as: pkix
    subject:
      - {type: CN, value: Sub}
    issuer: root
    key: rsa
    signature: ecdsa-sha384
    validity:
      not_before: "2026-11-22T00:00:00Z"
      not_after: "2027-11-21T23:59:59Z"
    extensions:
      - {type: key-usage, critical: true, usages: [keyCertSign]}
      - {type: basic-constraints, critical: true, ca: true, path_length: 0}
      - {type: extended-key-usage, critical: false, purposes: [serverAuth, 1.3.6.1.5.5.7.3.2]}
"""


@pytest.fixture
def refused(tmp_path: Path) -> Callable[..., list[str]]:
    """The complaints about the minimal policy after replacing texts; each text must stand there exactly once."""

    def complaints(*changes: tuple[str, str]) -> list[str]:
        text = MINIMAL
        for old, new in changes:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
            text = text.replace(old, new)
        path = tmp_path / "policy.yaml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError) as caught:
            load_policy(path)
        return [str(finding).removeprefix(f"{path}:").replace("ERROR ", "") for finding in caught.value.findings]

    return complaints


Refused = Callable[..., list[str]]


def test_accepts_the_minimal_policy(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(MINIMAL, encoding="utf-8")
    loaded = load_policy(path)
    assert loaded.policy.certificates["sub"].extensions[1].type == "basic-constraints"
    assert loaded.policy.certificates["sub"].subject[0].string == "utf8"
    assert loaded.document.octets == MINIMAL.encode()
    assert load_policy(tmp_path / "elsewhere.yaml", octets=MINIMAL.encode()).policy == loaded.policy


def test_accepts_the_demonstration_policy(demo: Path) -> None:
    certificates = load_policy(demo / "policy.yaml").policy.certificates
    assert set(certificates) == {"root-r1", "root-e1", "root-s1", "tls-r1", "tls-e1"}


# One disagreement with the model, one complaint.

COMPLAINTS: list[tuple[str, str, str, str]] = [
    (
        "missing key",
        "    validity: {lifetime: 20y}\n",
        "",
        "12:5: POLICY-MISSING: certificates.root: missing key `validity`",
    ),
    (
        "unknown key with a near name",
        "    key: ec\n",
        "    key: ec\n    validty: {lifetime: 20y}\n",
        "17:5: POLICY-UNKNOWN: certificates.root: unknown key `validty`; did you mean `validity`?",
    ),
    (
        "unknown key at the top",
        "ca: {name",
        "colour: blue\nca: {name",
        "2:1: POLICY-UNKNOWN: unknown key `colour`",
    ),
    (
        "unknown key in an extension",
        "ca: true, path_length: 0",
        "ca: true, pathlength: 0",
        "36:61: POLICY-UNKNOWN: certificates.sub.extensions[1]: unknown key `pathlength`; did you mean `path_length`?",
    ),
    (
        "unknown key that is called like the kind of its extension",
        "      - type: basic-constraints\n",
        "      - type: basic-constraints\n        basic-constraints: 1\n",
        "22:9: POLICY-UNKNOWN: certificates.root.extensions[1]: unknown key `basic-constraints`",
    ),
    (
        "unknown key in free keys",
        "ec: {algorithm: p-384}",
        "ec: {algorithm: p-384, algorythm: x}",
        "8:26: POLICY-UNKNOWN: keys.ec: unknown key `algorythm`; did you mean `algorithm`?",
    ),
    (
        "text for a number",
        "path_length: 0",
        'path_length: "0"',
        "36:74: POLICY-TYPE: certificates.sub.extensions[1].path_length: expected a whole number, found text",
    ),
    (
        "text for true or false",
        "critical: true\n        ca: true",
        'critical: "true"\n        ca: true',
        "22:19: POLICY-TYPE: certificates.root.extensions[1].critical: expected true or false, found text",
    ),
    (
        "number for text",
        "title: A statement",
        "title: 42",
        "4:10: POLICY-TYPE: cp_cps.title: expected text, found a number",
    ),
    (
        "null for text",
        "title: A statement",
        "title: null",
        "4:10: POLICY-TYPE: cp_cps.title: expected text, found null",
    ),
    (
        "text for a list",
        "usages: [keyCertSign]}\n      - type",
        "usages: keyCertSign}\n      - type",
        "20:51: POLICY-TYPE: certificates.root.extensions[0].usages: expected a list, found text",
    ),
    (
        "list for keys",
        "validity: {lifetime: 20y}",
        "validity: [20y]",
        "18:15: POLICY-TYPE: certificates.root.validity: expected a group of keys, found a list",
    ),
    (
        "text for free keys",
        "keys:\n  ec: {algorithm: p-384}\n  rsa: {algorithm: rsa-4096}\n",
        "keys: none\n",
        "7:7: POLICY-TYPE: keys: expected a group of keys, found text",
    ),
    (
        "another format",
        "format: ceremony-policy/1",
        "format: ceremony-policy/2",
        "1:9: POLICY-VALUE: format: must be ceremony-policy/1",
    ),
    (
        "a word that is nearly one of the words",
        "algorithm: p-384",
        "algorithm: p384",
        "8:19: POLICY-VALUE: keys.ec.algorithm: must be one of rsa-2048, rsa-3072, rsa-4096, p-256, p-384, p-521, "
        "ed25519, ml-dsa-44, ml-dsa-65, ml-dsa-87; did you mean `p-384`?",
    ),
    (
        "a number for a word",
        "algorithm: p-384",
        "algorithm: 384",
        "8:19: POLICY-VALUE: keys.ec.algorithm: expected one of a list of words, found a number",
    ),
    (
        "an unknown kind of extension",
        "- type: basic-constraints",
        "- type: basic-constraint",
        "21:15: POLICY-VALUE: certificates.root.extensions[1].type: must be one of basic-constraints, key-usage, "
        "extended-key-usage, subject-key-identifier, authority-key-identifier, certificate-policies, "
        "policy-mappings, policy-constraints, inhibit-any-policy, name-constraints, crl-distribution-points, "
        "freshest-crl, "
        "authority-information-access, subject-information-access, subject-alternative-name, issuer-alternative-name, "
        "private-key-usage-period, ocsp-no-check, qc-statements, raw; did you mean `basic-constraints`?",
    ),
    (
        "an extension that does not say its kind",
        "- type: basic-constraints\n        critical: true",
        "- critical: true",
        "21:9: POLICY-MISSING: certificates.root.extensions[1]: missing key `type`, which says what this is",
    ),
    (
        "neither a purpose nor an object identifier",
        "[serverAuth, 1.3.6.1.5.5.7.3.2]",
        "[serverAuht]",
        "37:64: POLICY-VALUE: certificates.sub.extensions[2].purposes[0]: must be one of serverAuth, clientAuth, "
        "codeSigning, emailProtection, timeStamping, OCSPSigning, anyExtendedKeyUsage; did you mean `serverAuth`?; "
        "or: must be an object identifier: numbers parted by dots, such as 2.23.140.1.2.1",
    ),
    (
        "a country in small letters",
        "country: ID",
        "country: id",
        "2:39: POLICY-VALUE: ca.country: must be a country code: two capital letters, such as ID",
    ),
    (
        "a lifetime in months",
        "lifetime: 20y",
        "lifetime: 18m",
        "18:26: POLICY-VALUE: certificates.root.validity.lifetime: must be a number of years, days or hours: 20y, 90d "
        "or 36h",
    ),
    (
        "a key profile in capitals",
        "  rsa: {alg",
        "  RSA: {alg",
        "9:3: POLICY-VALUE: keys.RSA: must be lower-case letters and digits, in words parted by single hyphens or dots",
    ),
    (
        "an empty text",
        "title: A statement",
        "title: ''",
        "4:10: POLICY-VALUE: cp_cps.title: must not be empty",
    ),
    (
        "a long text",
        "title: A statement",
        f"title: {'x' * 201}",
        "4:10: POLICY-VALUE: cp_cps.title: is too long: at most 200 characters",
    ),
    (
        "an empty list",
        "usages: [keyCertSign]}\n      - type",
        "usages: []}\n      - type",
        "20:51: POLICY-VALUE: certificates.root.extensions[0].usages: must have at least one entry",
    ),
    (
        "a number that is too small",
        "path_length: 0",
        "path_length: -1",
        "36:74: POLICY-VALUE: certificates.sub.extensions[1].path_length: must be at least 0",
    ),
    (
        "a number that is too large",
        "path_length: 0",
        "path_length: 256",
        "36:74: POLICY-VALUE: certificates.sub.extensions[1].path_length: must be at most 255",
    ),
    (
        "both ways to say a validity",
        "{lifetime: 20y}",
        '{lifetime: 20y, not_before: "2026-11-22T00:00:00Z"}',
        "18:15: POLICY-VALUE: certificates.root.validity: say either lifetime or not_before and not_after, not both",
    ),
    (
        "an extension that stands twice",
        "      - type: basic-constraints\n        critical: true\n        ca: true\n",
        "      - {type: basic-constraints, critical: true, ca: true}\n      - {type: basic-constraints, "
        "critical: true, "
        "ca: true}\n",
        "12:5: POLICY-VALUE: certificates.root: an extension stands twice (RFC 5280 4.2 forbids it): basic-constraints",
    ),
    (
        "a name attribute of an unknown type",
        "{type: CN, value: Root}",
        "{type: cn, value: Root}",
        "14:16: POLICY-VALUE: certificates.root.subject[0].type: must be an attribute's short name "
        "(C, O, OU, CN, L, ST, DC, description, organizationIdentifier and so on) or its object identifier",
    ),
    (
        "an issuer that does not exist",
        "    issuer: root\n    key: rsa",
        "    issuer: rooot\n    key: rsa",
        "28:13: POLICY-ISSUER: certificates.sub.issuer: there is no certificate profile `rooot` in this policy",
    ),
    (
        "a key profile that does not exist",
        "key: rsa",
        "key: rsa-2",
        "29:10: POLICY-KEY: certificates.sub.key: there is no key profile `rsa-2` in this policy",
    ),
    (
        "a signature that the issuer's key cannot make",
        "    signature: ecdsa-sha384\n    validity:\n",
        "    signature: sha256-rsa\n    validity:\n",
        "30:16: POLICY-SIGNATURE: certificates.sub.signature: the issuer's key is p-384, which signs with ecdsa-sha384 "
        "or ecdsa-sha256 or ecdsa-sha512",
    ),
    (
        "a root that another issues",
        "    lint_as: pkix",
        "    lint_as: root-ca",
        "28:13: POLICY-SELF: certificates.sub.issuer: a root issues itself: write `sub`",
    ),
    (
        "a self-issued certificate that is linted as a subordinate",
        "    lint_as: root-ca",
        "    lint_as: internal-unconstrained-tls-ca",
        "12:14: POLICY-SELF: certificates.root.lint_as: a profile that issues itself is linted as root-ca or pkix",
    ),
    (
        "an issuer that is no CA",
        "      - type: basic-constraints\n        critical: true\n        ca: true\n",
        "      - type: basic-constraints\n        critical: true\n        ca: false\n",
        "28:13: POLICY-ISSUER-CA: certificates.sub.issuer: `root` may not sign certificates (basic-constraints ca, "
        "key-usage keyCertSign)",
    ),
    (
        "a day that no calendar has",
        'not_after: "2027-11-21T23:59:59Z"',
        'not_after: "2027-11-31T23:59:59Z"',
        "33:18: POLICY-DATE: certificates.sub.validity.not_after: is not a day of the calendar",
    ),
    (
        "a statement from a day that no calendar has",
        'date: "2026-11-02"',
        'date: "2026-02-29"',
        "6:9: POLICY-DATE: cp_cps.date: is not a day of the calendar",
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "complaint"), [case[1:] for case in COMPLAINTS], ids=[case[0] for case in COMPLAINTS]
)
def test_refuses_in_plain_words_at_the_place(refused: Refused, old: str, new: str, complaint: str) -> None:
    assert refused((old, new)) == [complaint]


def test_gathers_all_complaints_at_once(refused: Refused) -> None:
    """YAML, model and values together; a value that YAML's rules refuse is not refused a second time."""
    found = refused(
        ("country: ID", "country: NO"),
        ("title: A statement", "titel: A statement"),
        ("path_length: 0", "path_length: no"),
        ('version: "1.0"', "version: 1.0"),
        ("key: rsa", "key: rsa\n    pin: 1234"),
    )
    assert [": ".join(line.split(": ")[:2]) for line in found] == [
        "2:39: YAML-AMBIGUOUS",
        "4:3: POLICY-MISSING",
        "4:3: POLICY-UNKNOWN",
        "5:12: YAML-AMBIGUOUS",
        "30:5: YAML-SECRET",
        "37:74: YAML-AMBIGUOUS",
    ]


def test_country_norway_is_accepted_in_quotes(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(MINIMAL.replace("country: ID", 'country: "NO"'), encoding="utf-8")
    assert load_policy(path).policy.ca.country == "NO"


def test_refuses_issuers_that_run_in_a_circle(refused: Refused) -> None:
    found = refused(
        ("    lint_as: root-ca", "    lint_as: pkix"),
        ("    issuer: root\n    key: ec", "    issuer: sub\n    key: ec"),
        ("    signature: ecdsa-sha384\n    validity: {", "    signature: sha256-rsa\n    validity: {"),
    )
    assert found == [
        "15:13: POLICY-CHAIN: certificates.root.issuer: the issuers run in a circle; a chain must end at a "
        "profile that "
        "issues itself",
        "28:13: POLICY-CHAIN: certificates.sub.issuer: the issuers run in a circle; a chain must end at a profile that "
        "issues itself",
    ]


@pytest.mark.parametrize("text", ["just text\n", "[a, b]\n", "12\n"])
def test_refuses_a_file_that_is_no_policy_at_all(tmp_path: Path, text: str) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_policy(path)
    (finding,) = caught.value.findings
    assert finding.rule == "POLICY-TYPE"
    assert finding.message.startswith("expected a group of keys, found ")


def test_an_unreadable_file_has_the_one_complaint_that_says_why(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_policy(tmp_path / "policy.yaml")
    assert [finding.rule for finding in caught.value.findings] == ["YAML-FILE"]


LIBRARY_WORDS = ("pydantic", "input should", "field required", "extra inputs", "valid string", "tuple", "json", "dict")


@pytest.mark.parametrize("case", COMPLAINTS, ids=lambda case: case[0])
def test_no_complaint_speaks_the_language_of_a_library(refused: Refused, case: tuple[str, str, str, str]) -> None:
    said = "\n".join(refused(case[1:3])).lower()
    assert not [word for word in LIBRARY_WORDS if word in said]


def test_loads_nothing_that_a_file_could_make_run(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    text = f"!!python/object/apply:os.system ['touch {marker}']\n"
    with pytest.raises(InputError, match="YAML-TAG"):
        load_policy(tmp_path / "policy.yaml", octets=text.encode())
    assert not marker.exists()


def test_a_loaded_policy_cannot_be_changed(demo: Path) -> None:
    policy: Any = load_policy(demo / "policy.yaml").policy
    with pytest.raises(ValueError, match="frozen"):
        policy.ca.name = "Somebody else"


# Words and schema.


def patterns(schema: Any) -> set[str]:
    """Every pattern in a JSON Schema."""
    if isinstance(schema, dict):
        own = {schema["pattern"]} if isinstance(schema.get("pattern"), str) else set()
        own |= set(schema.get("patternProperties", {}))
        return own.union(*(patterns(value) for value in schema.values()))
    if isinstance(schema, list):
        return set[str]().union(*(patterns(value) for value in schema))
    return set()


def test_each_pattern_of_the_policy_has_words() -> None:
    assert patterns(policy_schema())
    assert patterns(policy_schema()) <= set(WORDS_OF_PATTERN)


def test_the_schema_for_editors_names_keys_and_allows_no_others() -> None:
    schema = policy_schema()
    assert schema["$schema"] == DIALECT
    assert schema["required"] == ["format", "ca", "cp_cps", "keys", "certificates"]
    assert schema["additionalProperties"] is False
    assert schema_of(People)["title"] == "People"


def test_findings_name_the_model_that_they_are_about(tmp_path: Path) -> None:
    document = examine(tmp_path / "p.yaml", octets=b"a: 1\n")

    def rules(model: type[Model], prefix: str) -> set[str]:
        return {finding.rule for finding in validate(model, document, prefix)[1]}

    assert rules(Policy, "POLICY") == {"POLICY-MISSING", "POLICY-UNKNOWN"}
    assert rules(People, "PEOPLE") == {"PEOPLE-MISSING", "PEOPLE-UNKNOWN"}
