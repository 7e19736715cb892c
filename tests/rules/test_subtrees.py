"""Name constraints: which names lie in which subtrees, and which subtrees in which (RFC 5280 4.2.1.10)."""

from __future__ import annotations

import ipaddress

import builder
import pytest
from builder import attribute, rdn, seq

from ceremony.pki.der import read_one
from ceremony.pki.view_names import general_name
from ceremony.policy.rules import facts
from ceremony.policy.rules.subtrees import host_of, is_network, lies_in, outside, subtree_lies_in
from ceremony.policy.rules.view import GeneralNameView


def seen(kind: str, value: str | bytes, *, network: bool = False) -> GeneralNameView:
    if kind == "ip" and isinstance(value, str):
        if network:
            net = ipaddress.ip_network(value)
            value = net.network_address.packed + net.netmask.packed
        else:
            value = ipaddress.ip_address(value).packed
    return general_name(read_one(builder.general(kind, value)), [], network=network)


@pytest.mark.parametrize(
    ("kind", "base", "inside", "outside_it"),
    [
        ("dns", "host.example.com", "host.example.com", "host1.example.com"),
        ("dns", "host.example.com", "www.HOST.example.com", "example.com"),
        ("dns", "example.com", "*.example.com", "badexample.com"),
        ("dns", ".example.com", "a.example.com", "example.com"),
        ("email", "root@example.com", "root@EXAMPLE.com", "Root@example.com"),
        ("email", "example.com", "any@example.com", "any@mail.example.com"),
        ("email", ".example.com", "any@mail.example.com", "any@example.com"),
        ("uri", "host.example.com", "http://host.example.com:80/x", "http://www.host.example.com/"),
        ("uri", ".example.com", "https://a@my.host.example.com/", "https://example.com/"),
        ("ip", "192.0.2.0/24", "192.0.2.255", "192.0.3.0"),
        ("ip", "2001:db8::/32", "2001:db8:1::1", "2001:db9::1"),
        ("ip", "0.0.0.0/0", "8.8.8.8", "::1"),
    ],
)
def test_a_name_lies_in_a_subtree_or_outside(kind: str, base: str, inside: str, outside_it: str) -> None:
    subtree = seen(kind, base, network=True)
    assert lies_in(seen(kind, inside), subtree)
    assert not lies_in(seen(kind, outside_it), subtree)
    assert outside(seen(kind, inside), (subtree,), ()) is None
    assert outside(seen(kind, inside), (), (subtree,))
    assert outside(seen(kind, outside_it), (subtree,), ())
    assert outside(seen(kind, outside_it), (), (subtree,)) is None


def test_an_empty_dns_subtree_holds_every_name() -> None:
    assert lies_in(seen("dns", "any.example"), seen("dns", ""))


def test_a_directory_name_lies_in_a_subtree_by_whole_relative_names() -> None:
    country = rdn(attribute(facts.COUNTRY, "ID", "printable"))
    organization = rdn(attribute(facts.ORGANIZATION, "Balai  Uji"))
    both = rdn(attribute(facts.ORGANIZATION, "balai uji"), attribute(facts.ORGANIZATIONAL_UNIT, "x"))
    base = seen("directory", seq(country, rdn(attribute(facts.ORGANIZATION, "balai uji"))))
    assert lies_in(seen("directory", seq(country, organization, both)), base)
    assert not lies_in(seen("directory", seq(country, both)), base)
    assert not lies_in(seen("directory", seq(organization, country)), base)
    assert not lies_in(seen("directory", seq(country)), base)


def test_kinds_that_are_not_constrained_are_free() -> None:
    assert outside(seen("dns", "a.example"), (seen("email", "b.example"),), ()) is None


def test_a_constrained_kind_that_no_rule_explains_is_not_allowed() -> None:
    other = GeneralNameView("registered-id", "1.2.3", b"\x2a\x03")
    assert "no rule says how" in str(outside(other, (), (other,)))


@pytest.mark.parametrize("uri", ["https://10.0.0.1/", "https://[2001:db8::1]/", "urn:x:y", "http:///x"])
def test_a_uri_without_domain_name_is_not_allowed_where_uris_are_constrained(uri: str) -> None:
    assert outside(seen("uri", uri), (), (seen("uri", ".example"),))
    assert outside(seen("uri", uri), (), ()) is None


@pytest.mark.parametrize(
    ("kind", "inner", "outer", "nested"),
    [
        ("dns", "a.example.com", "example.com", True),
        ("dns", "example.com", "a.example.com", False),
        ("dns", "", "example.com", False),
        ("dns", "example.com", "", True),
        ("dns", "bexample.com", "example.com", False),
        ("email", "a@example.com", "example.com", True),
        ("email", "example.com", "a@example.com", False),
        ("email", "mail.example.com", ".example.com", True),
        ("email", ".example.com", "example.com", False),
        ("email", ".mail.example.com", ".example.com", True),
        ("uri", "host.example.com", ".example.com", True),
        ("uri", ".example.com", "host.example.com", False),
        ("ip", "10.1.0.0/16", "10.0.0.0/8", True),
        ("ip", "10.0.0.0/8", "10.1.0.0/16", False),
        ("ip", "11.0.0.0/16", "10.0.0.0/8", False),
        ("ip", "::/0", "0.0.0.0/0", False),
    ],
)
def test_a_subtree_lies_in_another(kind: str, inner: str, outer: str, nested: bool) -> None:
    assert subtree_lies_in(seen(kind, inner, network=True), seen(kind, outer, network=True)) is nested
    assert subtree_lies_in(seen(kind, inner, network=True), seen(kind, inner, network=True))


@pytest.mark.parametrize(
    ("uri", "host"),
    [
        ("http://host.example/x", "host.example"),
        ("HTTP://User:p@HOST.example:80?q", "host.example"),
        ("http:///x", ""),
        ("http://", ""),
        ("ldap://a.example/cn=b", "a.example"),
        ("http://[::1]:80/", "::1"),
        ("mailto:a@b.example", ""),
    ],
)
def test_the_host_of_a_uri(uri: str, host: str) -> None:
    assert host_of(uri) == host


@pytest.mark.parametrize(
    ("octets", "good"),
    [
        (bytes(8), True),
        (bytes(32), True),
        (bytes.fromhex("c0000200ffffff00"), True),
        (bytes.fromhex("c0000201ffffff00"), False),
        (bytes.fromhex("c0000200ff00ff00"), False),
        (bytes(4), False),
    ],
)
def test_a_network_is_an_address_and_its_mask(octets: bytes, good: bool) -> None:
    assert is_network(octets) is good
