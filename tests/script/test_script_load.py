"""A script with its policy and people: what is refused before anything is compiled, at which line; what is accepted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from ceremony.custody.load import load_people
from ceremony.custody.people import People, Role
from ceremony.errors import InputError
from ceremony.policy.schema import schema_of
from ceremony.policy.wording import WORDS_OF_PATTERN, pattern_of
from ceremony.script import load as script_load
from ceremony.script.load import LoadedScript, load_script
from ceremony.script.models import Record, Script

SCRIPT = """\
format: ceremony-script/1
id: practice
title: Practice
version: "1"
purpose: To practise.
location: A room
policy: ../policy.yaml
people: ../people.yaml
roles:
  administrator: {people: [rini], duty: leads}
  custodian: {people: [agus, dewi], needed: 2, duty: hold the token}
  witness: {people: [siti], duty: watches}
seal_by: rini
token: {label: PRACTICE}
sections:
  - title: All
    steps:
      - {id: roll, kind: roll-call, actor: administrator, text: Call.}
      - {id: look, kind: record, actor: rini, witness: siti, text: Look., fields: [{name: bag, label: Bag}]}
      - {id: clock, kind: compare-clock, actor: rini, text: Compare.}
      - {id: token, kind: open-token, actor: custodian, witness: witness, text: Open.}
      - {id: key-one, kind: generate-key, actor: agus, text: Make., key: one, profile: root-ec}
      - {id: sign-one, kind: self-sign, actor: rini, text: Sign., certificate: one, profile: root-e1, key: one}
      - {id: key-two, kind: generate-key, actor: agus, text: Make., key: two, profile: issuing-p384}
      - {id: sign-two, kind: issue, actor: rini, text: Sign., certificate: two, profile: tls-e1, key: two, issuer: one}
      - {id: list, kind: review-inventory, actor: rini, text: Compare.}
      - {id: end, kind: close, actor: rini, text: Close.}
"""

OTHER_KEYS = """\
      - {id: key-three, kind: generate-key, actor: agus, text: Make., key: three, profile: root-rsa}
      - {id: sign-three, kind: self-sign, actor: rini, text: Sign., certificate: three, profile: root-r1, key: three}
"""

LINES = {
    line.split("id: ")[1].split(",")[0]: number for number, line in enumerate(SCRIPT.splitlines(), 1) if "{id: " in line
}
"""The line of each step."""

Refused = Callable[..., list[str]]


@pytest.fixture
def write(demo: Path) -> Callable[[str], Path]:
    """Write a script beside those of the demonstration CA."""

    def write_script(text: str) -> Path:
        path = demo / "ceremonies" / "practice.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write_script


@pytest.fixture
def refused(write: Callable[[str], Path]) -> Refused:
    """`line:column: RULE: ...` of each complaint about the script after replacing texts; each stands there once."""

    def complaints(*changes: tuple[str, str]) -> list[str]:
        text = SCRIPT
        for old, new in changes:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
            text = text.replace(old, new)
        path = write(text)
        with pytest.raises(InputError) as caught:
            load_script(path)
        return [str(finding).removeprefix(f"{path}:").replace("ERROR ", "") for finding in caught.value.findings]

    return complaints


def test_accepts_the_practice_script(write: Callable[[str], Path]) -> None:
    loaded = load_script(write(SCRIPT))
    assert loaded.script.roles["custodian"].needed == 2
    assert loaded.script_document.octets == SCRIPT.encode()
    assert loaded.policy.policy.ca.name == "Demonstration CA"
    siti = loaded.people.person("siti")
    assert siti is not None
    assert siti.name == "Siti Rahmawati"
    assert loaded.people.person("nobody") is None


def step(name: str) -> str:
    """The line of a step, as the script has it."""
    return SCRIPT.splitlines(keepends=True)[LINES[name] - 1]


def at(name: str, text: str, line: int | None = None) -> str:
    """`line:column` of a text in a step; in another line where lines were moved."""
    return f"{line or LINES[name]}:{step(name).index(text) + 1}"


# Each case: what is replaced, what stands instead, and the complaint.
CASES: list[tuple[str, str, str, str]] = [
    (
        "a step id that stands twice",
        "{id: look,",
        "{id: roll,",
        "19:14: SCRIPT-STEP-ID: sections[0].steps[1].id: `roll` is the id of a step above already",
    ),
    (
        "an actor who is not here",
        "kind: roll-call, actor: administrator",
        "kind: roll-call, actor: auditor",
        "18:44: SCRIPT-ACTOR: sections[0].steps[0].actor: `auditor` is neither a role nor a person of this ceremony",
    ),
    (
        "an actor who is only in the people file",
        "kind: roll-call, actor: administrator",
        "kind: roll-call, actor: yohanes",
        "18:44: SCRIPT-ACTOR: sections[0].steps[0].actor: `yohanes` is neither a role nor a person of this ceremony",
    ),
    (
        "a witness who is not here",
        "witness: siti",
        "witness: bambang",
        "19:56: SCRIPT-WITNESS: sections[0].steps[1].witness: `bambang` is neither a role nor a person of "
        "this ceremony",
    ),
    (
        "a witness who also acts",
        "actor: rini, witness: siti",
        "actor: rini, witness: administrator",
        "19:56: SCRIPT-WITNESS: sections[0].steps[1].witness: `administrator` also acts here; a witness is "
        "another person",
    ),
    (
        "a person who is not in the people file",
        "people: [siti]",
        "people: [siti, sita]",
        "12:28: SCRIPT-PERSON: roles.witness.people[1]: there is no person `sita` in the people file",
    ),
    (
        "a person who may not be that",
        "people: [agus, dewi]",
        "people: [agus, yohanes]",
        "11:30: SCRIPT-PERSON-ROLE: roles.custodian.people[1]: the people file does not let `yohanes` be custodian",
    ),
    (
        "a person who stands in a role twice",
        "people: [agus, dewi]",
        "people: [agus, agus]",
        "11:30: SCRIPT-EXCLUSIVE: roles.custodian.people[1]: `agus` stands in this role twice",
    ),
    (
        "more people needed than named",
        "needed: 2",
        "needed: 3",
        "11:45: SCRIPT-QUORUM: roles.custodian.needed: needs 3 people, and 2 are named",
    ),
    (
        "a seal by somebody else",
        "seal_by: rini",
        "seal_by: siti",
        "13:10: SCRIPT-SEAL: seal_by: `siti` is not an administrator of this ceremony",
    ),
    (
        "a blank that asks for a secret",
        "{name: bag, label: Bag}",
        "{name: user-pin, label: Bag}",
        "19:91: SCRIPT-SECRET: sections[0].steps[1].fields[0].name: asks for a secret, and what is entered here is "
        "written into the record; take it out",
    ),
    (
        "a blank whose label asks for a secret",
        "{name: bag, label: Bag}",
        "{name: bag, label: The user PIN}",
        "19:91: SCRIPT-SECRET: sections[0].steps[1].fields[0].name: asks for a secret, and what is entered here is "
        "written into the record; take it out",
    ),
    (
        "a blank that stands twice",
        "{name: bag, label: Bag}",
        "{name: bag, label: Bag}, {name: bag, label: Other bag}",
        "19:116: SCRIPT-FIELD: sections[0].steps[1].fields[1].name: `bag` is the name of another blank of this form",
    ),
    (
        "a pattern that is none",
        "{name: bag, label: Bag}",
        "{name: bag, label: Bag, pattern: '['}",
        "19:117: SCRIPT-PATTERN: sections[0].steps[1].fields[0].pattern: is not a pattern (a regular expression)",
    ),
    (
        "a token that is opened twice",
        "      - {id: list, kind: review-inventory",
        "      - {id: again, kind: open-token, actor: agus, text: Open.}\n      - {id: list, kind: review-inventory",
        "26:9: SCRIPT-TOKEN: sections[0].steps[8]: the token is opened a second time; a ceremony opens it once",
    ),
    (
        "no end",
        "      - {id: end, kind: close, actor: rini, text: Close.}\n",
        "",
        "26:9: SCRIPT-CLOSE: sections[0].steps[8]: is the last step, and it does not close the ceremony; end "
        "with a close "
        "step",
    ),
    (
        "a step after the end",
        "kind: close, actor: rini, text: Close.}\n",
        "kind: close, actor: rini, text: Close.}\n      - {id: after, kind: roll-call, actor: rini, text: Call.}\n",
        "28:9: SCRIPT-CLOSE: sections[0].steps[10]: is the last step, and it does not close the ceremony; end with a "
        "close step",
    ),
    (
        "a second end",
        "      - {id: end,",
        "      - {id: stop, kind: close, actor: rini, text: Close.}\n      - {id: end,",
        "28:9: SCRIPT-CLOSE: sections[0].steps[10]: closes the ceremony again; only the last step closes it",
    ),
    (
        "a key that is made twice",
        "      - {id: list,",
        "      - {id: more, kind: generate-key, actor: agus, text: Make., key: two, profile: issuing-p384}\n "
        "     - {id: list,",
        "26:71: SCRIPT-KEY-TWICE: sections[0].steps[8].key: the key `two` is made above already; take another name",
    ),
    (
        "a key of no profile",
        "key: two, profile: issuing-p384}",
        "key: two, profile: issuing-p383}",
        "24:88: SCRIPT-KEY-PROFILE: sections[0].steps[6].profile: there is no key profile `issuing-p383` in the policy",
    ),
    (
        "a key that no certificate uses",
        "      - {id: list,",
        "      - {id: more, kind: generate-key, actor: agus, text: Make., key: spare, profile: root-ec}\n    "
        "  - {id: list,",
        "26:71: KEY-UNUSED: sections[0].steps[8].key: no certificate uses the key `spare`, and no step parks "
        "it; a key is made when it is needed",
    ),
    (
        "a certificate whose name stands twice",
        "certificate: two",
        "certificate: one",
        "25:76: SCRIPT-CERTIFICATE: sections[0].steps[7].certificate: `one` is the name of another certificate, "
        "of this or an earlier ceremony",
    ),
    (
        "a certificate of no profile",
        "profile: tls-e1",
        "profile: tls-e2",
        "25:90: SCRIPT-PROFILE: sections[0].steps[7].profile: there is no certificate profile `tls-e2` in the policy",
    ),
    (
        "a certificate over a key of another kind",
        "key: two, profile: issuing-p384",
        "key: two, profile: issuing-p256",
        "25:103: SCRIPT-KEY-MATCH: sections[0].steps[7].key: the key `two` is made as `issuing-p256`, and the profile "
        "wants `issuing-p384`",
    ),
    (
        "an issuer that is not made",
        "issuer: one",
        "issuer: three",
        "25:116: SCRIPT-ISSUER: sections[0].steps[7].issuer: neither a step above nor an earlier "
        "ceremony makes a certificate `three`",
    ),
    (
        "an issuer of another profile",
        "issuer: one",
        "issuer: two",
        "25:116: SCRIPT-ISSUER: sections[0].steps[7].issuer: neither a step above nor an earlier "
        "ceremony makes a certificate `two`",
    ),
    (
        "an unknown kind of step",
        "kind: roll-call",
        "kind: role-call",
        "18:26: SCRIPT-VALUE: sections[0].steps[0].kind: must be one of roll-call, attest, record, compare-clock, "
        "open-token, renew-pins, generate-key, park-key, self-sign, issue, cross-sign, make-request, sign-crl, "
        "sign-ocsp, backup-key, restore-test, destroy-key, incident, review-inventory, receive-items, check-bag, "
        "open-bag, seal-bag, hand-over, destroy-item, export, close; did you mean `roll-call`?",
    ),
    (
        "a step that does not say its kind",
        "kind: roll-call, ",
        "",
        "18:9: SCRIPT-MISSING: sections[0].steps[0]: missing key `kind`, which says what this is",
    ),
    (
        "an unknown key in a step",
        "kind: roll-call, ",
        "kind: roll-call, wittness: siti, ",
        "18:37: SCRIPT-UNKNOWN: sections[0].steps[0]: unknown key `wittness`; did you mean `witness`?",
    ),
    (
        "an unknown key that is called like the kind of its step",
        "kind: close, ",
        "kind: close, close: true, ",
        "27:32: SCRIPT-UNKNOWN: sections[0].steps[9]: unknown key `close`; did you mean `clauses`?",
    ),
    (
        "an unknown role",
        "  witness: {people",
        "  observer: {people",
        "12:3: SCRIPT-VALUE: roles.observer: must be one of administrator, custodian, witness, auditor, operator",
    ),
    (
        "a token label that is too long",
        "label: PRACTICE",
        f"label: {'X' * 33}",
        "14:16: SCRIPT-VALUE: token.label: must be 1 to 32 characters of plain ASCII (a token label)",
    ),
]


@pytest.mark.parametrize(("old", "new", "complaint"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_refuses_in_plain_words_at_the_place(refused: Refused, old: str, new: str, complaint: str) -> None:
    assert refused((old, new)) == [complaint]


def test_refuses_to_sign_before_the_clock_is_agreed(refused: Refused) -> None:
    """Each signature is named."""
    found = refused(("{id: clock, kind: compare-clock,", "{id: clock, kind: roll-call,"))
    assert found == [
        f"{line}:9: SCRIPT-CLOCK: sections[0].steps[{index}]: signs, and no compare-clock step stands before it: the "
        "clock dates what is signed"
        for line, index in ((23, 5), (25, 7))
    ]


def test_refuses_to_need_people_whom_no_roll_called(refused: Refused) -> None:
    """The first such step is named."""
    found = refused(("kind: roll-call,", "kind: compare-clock,"))
    assert found == [
        "22:9: SCRIPT-ROLL: sections[0].steps[4]: needs people in the room, and no roll-call stands before it: it "
        "finds out who is there"
    ]


def test_refuses_a_person_in_two_roles(refused: Refused) -> None:
    found = refused(("people: [siti]", "people: [agus]"))
    assert found[0] == (
        "12:22: SCRIPT-EXCLUSIVE: roles.witness.people[0]: `agus` is custodian already; who watches has no part in "
        "what is watched"
    )


def test_accepts_more_people_than_are_needed(write: Callable[[str], Path]) -> None:
    text = SCRIPT.replace("people: [agus, dewi], needed: 2", "people: [agus, dewi, bambang], needed: 2")
    assert load_script(write(text)).script.roles["custodian"].people == ("agus", "dewi", "bambang")


def test_accepts_a_second_root_in_the_same_ceremony(write: Callable[[str], Path]) -> None:
    text = SCRIPT.replace("      - {id: list,", f"{OTHER_KEYS}      - {{id: list,")
    assert len(load_script(write(text)).script.sections[0].steps) == 12


def test_refuses_a_key_that_is_made_only_later(refused: Refused) -> None:
    assert refused((step("key-one") + step("sign-one"), step("sign-one") + step("key-one"))) == [
        f"{at('sign-one', 'one}', 22)}: SCRIPT-KEY: sections[0].steps[4].key: the key `one` is made only in a "
        "later step"
    ]


def test_refuses_a_key_that_is_made_nowhere(refused: Refused) -> None:
    assert refused((step("key-one"), "")) == [
        f"{at('sign-one', 'one}', 22)}: SCRIPT-KEY: sections[0].steps[4].key: the key `one` is made in no step "
        "and in no earlier ceremony"
    ]


def test_refuses_an_issuer_that_is_made_only_later(refused: Refused) -> None:
    ours = step("key-one") + step("sign-one") + step("key-two") + step("sign-two")
    moved = step("key-one") + step("key-two") + step("sign-two") + step("sign-one")
    assert refused((ours, moved)) == [
        f"{at('sign-two', 'one}', 24)}: SCRIPT-ISSUER: sections[0].steps[6].issuer: neither a step above "
        "nor an earlier ceremony makes a certificate "
        "`one`"
    ]


def test_refuses_an_issuer_that_is_not_the_profiles(refused: Refused) -> None:
    found = refused(
        ("      - {id: key-two,", f"{OTHER_KEYS}      - {{id: key-two,"),
        ("issuer: one", "issuer: three"),
    )
    assert found == [
        f"{at('sign-two', 'one}', 27)}: SCRIPT-ISSUER: sections[0].steps[9].issuer: `three` is made as "
        "`root-r1`, and the "
        "profile names `root-e1`"
    ]


def test_refuses_to_self_sign_what_another_issues(refused: Refused) -> None:
    found = refused(
        ("kind: issue, actor: rini", "kind: self-sign, actor: rini"),
        (", issuer: one}", "}"),
    )
    assert found == [
        "25:94: SCRIPT-SELF-SIGN: sections[0].steps[7].profile: the profile `tls-e1` is issued by `root-e1` and cannot "
        "sign itself"
    ]


def test_refuses_to_issue_what_signs_itself(refused: Refused) -> None:
    found = refused(
        ("key: two, profile: issuing-p384", "key: two, profile: root-ec"),
        ("profile: tls-e1", "profile: root-e1"),
    )
    assert found == [
        "25:90: SCRIPT-SELF-SIGN: sections[0].steps[7].profile: the profile `root-e1` signs itself; use a "
        "self-sign step"
    ]


def test_refuses_token_steps_before_the_token_is_open(refused: Refused) -> None:
    assert refused((step("token") + step("key-one"), step("key-one") + step("token"))) == [
        "21:9: SCRIPT-TOKEN: sections[0].steps[3]: needs the token, and no open-token step stands before it"
    ]


def test_refuses_a_ceremony_that_opens_no_token(refused: Refused) -> None:
    everything = "".join(step(name) for name in ("token", "key-one", "sign-one", "key-two", "sign-two", "list"))
    assert refused((everything, "")) == ["16:3: SCRIPT-TOKEN: sections: no step opens the token (open-token)"]


# Three files at once.


def test_gathers_the_complaints_of_all_three_files(
    demo: Path, edit: Callable[[str], Callable[[str, str], None]]
) -> None:
    edit("policy.yaml")("country: ID", "country: NO")
    edit("policy.yaml")("cp_cps:", "cps:")
    edit("people.yaml")("  - id: dewi\n", "  - id: agus\n")
    edit("ceremonies/root-generation.yaml")("seal_by: rini", "seal_by: rini\ncolour: blue")
    with pytest.raises(InputError) as caught:
        load_script(demo / "ceremonies" / "root-generation.yaml")
    assert [(Path(found.where.file).name, found.rule) for found in caught.value.findings if found.where] == [
        ("root-generation.yaml", "SCRIPT-UNKNOWN"),
        ("policy.yaml", "POLICY-MISSING"),
        ("policy.yaml", "YAML-AMBIGUOUS"),
        ("policy.yaml", "POLICY-UNKNOWN"),
        ("people.yaml", "PEOPLE-DUPLICATE"),
    ]
    assert caught.value.headline == "root-generation.yaml cannot be used: 5 complaints."


def test_a_pin_in_any_of_the_three_files_is_refused_and_not_repeated(demo: Path) -> None:
    for name in ("policy.yaml", "people.yaml", "ceremonies/root-generation.yaml"):
        path = demo / name
        text = path.read_text(encoding="utf-8")
        path.write_text(f"{text}\nuser_pin: 271828\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_script(demo / "ceremonies" / "root-generation.yaml")
    assert [finding.rule for finding in caught.value.findings] == ["YAML-SECRET"] * 3
    assert "271828" not in str(caught.value)


@pytest.mark.parametrize("name", ["policy", "people"])
def test_a_missing_file_is_named(write: Callable[[str], Path], demo: Path, name: str) -> None:
    (demo / f"{name}.yaml").unlink()
    with pytest.raises(InputError) as caught:
        load_script(write(SCRIPT))
    (finding,) = caught.value.findings
    assert finding.where is not None
    assert (Path(finding.where.file).name, finding.rule) == (f"{name}.yaml", "YAML-FILE")


def test_refuses_an_absolute_path(refused: Refused) -> None:
    assert refused(("policy: ../policy.yaml", "policy: /etc/policy.yaml")) == [
        "7:9: SCRIPT-VALUE: policy: must be a path relative to this file, with forward slashes",
        "7:9: SCRIPT-PATH: policy: leads out of the CA's folder; name a file inside it, and use no symbolic link that "
        "leads out",
    ]


@pytest.mark.parametrize("path", ["../../policy.yaml", "../../../policy.yaml", "../../other/policy.yaml"])
def test_refuses_a_path_out_of_the_ca_folder(refused: Refused, path: str) -> None:
    assert refused(("policy: ../policy.yaml", f"policy: {path}")) == [
        "7:9: SCRIPT-PATH: policy: leads out of the CA's folder; name a file inside it, and use no symbolic link that "
        "leads out"
    ]


def test_refuses_a_symbolic_link_out_of_the_ca_folder(write: Callable[[str], Path], demo: Path, tmp_path: Path) -> None:
    (demo / "people.yaml").rename(tmp_path / "people.yaml")
    (demo / "people.yaml").symlink_to(tmp_path / "people.yaml")
    with pytest.raises(InputError) as caught:
        load_script(write(SCRIPT))
    assert [finding.rule for finding in caught.value.findings] == ["SCRIPT-PATH"]


def test_refuses_symbolic_links_in_a_circle(write: Callable[[str], Path], demo: Path) -> None:
    (demo / "people.yaml").unlink()
    (demo / "people.yaml").symlink_to("people.yaml")
    with pytest.raises(InputError) as caught:
        load_script(write(SCRIPT))
    assert {finding.rule for finding in caught.value.findings} <= {"SCRIPT-PATH", "YAML-FILE"}


def test_accepts_a_symbolic_link_inside_the_ca_folder(write: Callable[[str], Path], demo: Path) -> None:
    (demo / "people.yaml").rename(demo / "people-2026.yaml")
    (demo / "people.yaml").symlink_to("people-2026.yaml")
    assert load_script(write(SCRIPT)).people.person("rini")


def test_a_script_outside_a_ceremonies_folder_stays_in_its_own(demo: Path, tmp_path: Path) -> None:
    text = SCRIPT.replace("../policy.yaml", "policy.yaml")
    (demo / "script.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_script(demo / "script.yaml")
    assert [finding.rule for finding in caught.value.findings] == ["SCRIPT-PATH"]
    (demo / "script.yaml").write_text(text.replace("../people.yaml", "people.yaml"), encoding="utf-8")
    assert load_script(demo / "script.yaml").script.id == "practice"


def test_an_archive_gives_the_paths_itself(demo: Path, tmp_path: Path) -> None:
    """In an archive the three files stand side by side, and the script's own paths lead nowhere."""
    archive = tmp_path / "archive"
    archive.mkdir()
    for name in ("policy.yaml", "people.yaml"):
        (demo / name).rename(archive / name)
    (archive / "script.yaml").write_text(SCRIPT, encoding="utf-8")
    loaded = load_script(archive / "script.yaml", archived=archive)
    assert loaded.policy.document.path == archive / "policy.yaml"


# People.


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("  - id: dewi\n", "  - id: agus\n", "24:9 PEOPLE-DUPLICATE"),
        ("  - id: dewi\n", "  - id: auditor\n", "24:9 PEOPLE-ID"),
        ("roles: [auditor]", "roles: [auditor, auditor]", "67:12 PEOPLE-ROLE"),
        ("roles: [auditor]", "roles: [auditor, witness]", "67:12 PEOPLE-EXCLUSIVE"),
        ("    name: Dewi Lestari\n", "    name: agus  Santoso\n", "25:11 PEOPLE-NAME"),
        ("roles: [auditor]", "roles: [auditer]", "67:13 PEOPLE-VALUE"),
        ("    name: Dewi Lestari\n", "", "24:5 PEOPLE-MISSING"),
        ("    name: Dewi Lestari\n", "    name: [Dewi]\n", "25:11 PEOPLE-TYPE"),
        ("    name: Dewi Lestari\n", "    name: Dewi\n    nama: Dewi\n", "26:5 PEOPLE-UNKNOWN"),
    ],
)
def test_refuses_a_people_file(
    demo: Path, edit: Callable[[str], Callable[[str, str], None]], old: str, new: str, complaint: str
) -> None:
    assert len(load_people(demo / "people.yaml").people.people) == 8
    edit("people.yaml")(old, new)
    with pytest.raises(InputError) as caught:
        load_people(demo / "people.yaml")
    (finding,) = caught.value.findings
    assert finding.where is not None
    assert f"{finding.where.line}:{finding.where.column} {finding.rule}" == complaint


def test_refuses_one_credential_for_two_people(demo: Path, edit: Callable[[str], Callable[[str, str], None]]) -> None:
    people = {person.id: person.credential for person in load_people(demo / "people.yaml").people.people}
    agus, dewi = people["agus"], people["dewi"]
    assert agus is not None
    assert dewi is not None
    edit("people.yaml")(dewi.certificate_sha256, agus.certificate_sha256)
    with pytest.raises(
        InputError, match=r"people\[2\]\.credential\.certificate_sha256: this certificate is the credential of"
    ):
        load_people(demo / "people.yaml")


# The demonstration script.


@pytest.fixture
def demonstration(demo: Path) -> LoadedScript:
    return load_script(demo / "ceremonies" / "root-generation.yaml")


def test_the_demonstration_script_is_accepted(demonstration: LoadedScript) -> None:
    titles = [section.title for section in demonstration.script.sections]
    assert titles == [
        *("Opening", "Equipment", "Clock", "Token", "Roots", "Intermediates", "Inventory", "Export", "Closing")
    ]


def test_the_demonstration_makes_two_roots_and_an_intermediate_under_each(demonstration: LoadedScript) -> None:
    kinds = [step.kind for section in demonstration.script.sections for step in section.steps]
    assert kinds.count("generate-key") == 4
    assert kinds.count("self-sign") == 2
    assert kinds.count("issue") == 2
    algorithms = {name: key.algorithm for name, key in demonstration.policy.policy.keys.items()}
    assert algorithms["root-rsa"] == "rsa-4096"
    assert algorithms["root-ec"] == "p-384"


def test_each_step_of_the_demonstration_names_its_clauses_and_its_witness(demonstration: LoadedScript) -> None:
    for section in demonstration.script.sections:
        for found in section.steps:
            assert found.clauses, found.id
            assert found.witness, found.id


def test_each_blank_of_the_demonstration_shows_an_example_that_it_accepts(demonstration: LoadedScript) -> None:
    import re

    for section in demonstration.script.sections:
        for found in section.steps:
            for blank in found.fields if isinstance(found, Record) else ():
                assert blank.hint is not None, blank.name
                example = blank.hint.removeprefix("for example ")
                assert example != blank.hint, blank.name
                assert re.fullmatch(blank.pattern or ".+", example), blank.name


# Words and schema.


def test_each_pattern_of_script_and_people_has_words() -> None:
    import json

    known = set(WORDS_OF_PATTERN) | set(script_load._WORDS)
    for model in (Script, People):
        text = json.loads(json.dumps(schema_of(model)))
        found = set(_patterns(text))
        assert found
        assert found <= known


def _patterns(schema: object) -> list[str]:
    if isinstance(schema, dict):
        own = [schema["pattern"]] if isinstance(schema.get("pattern"), str) else []
        return own + [pattern for value in schema.values() for pattern in _patterns(value)]
    if isinstance(schema, list):
        return [pattern for value in schema for pattern in _patterns(value)]
    return []


def test_the_schema_of_the_script_knows_each_kind_of_step() -> None:
    schema = schema_of(Script)
    assert set(schema["$defs"]) >= {"RollCall", "GenerateKey", "SelfSign", "Issue", "Close"}
    assert set(get_args(Role)) >= {"administrator", "custodian", "witness", "auditor"}
    assert pattern_of(script_load.RelativePath) in script_load._WORDS
