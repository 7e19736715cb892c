"""A backup token whose PINs are split gets new PINs in the same ceremony: who leaves holds cards of both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ceremony.custody.share_entry import read_share
from ceremony.custody.shares import combine
from ceremony.errors import CeremonyError, InputError
from ceremony.room.clock import Clock
from ceremony.script.compile import compile_plan
from ceremony.script.plain_words import plan_lines
from ceremony.secret import Secret
from ceremony.token.module import Module, WrongPin
from ceremony.token.softhsm import SoftHsmHome
from tests.house.forger import Forger, forgers
from tests.house.tokens import in_force
from tests.renewal.conftest import CA, NEW, OLD, Holders, copied
from tests.renewal.test_crash import POINTS, Site
from tests.shares.conftest import LABEL, OWN
from tests.shares.test_plan import refused

VAULT = "PRACTICE VAULT"
TOKENS = "token: {label: SMALL}\n"
OTHERS = "other_tokens: {vault: {label: VAULT}}\n"
SPLIT = "shares: {threshold: 2, count: 3, holders: custodian}"
OPEN = "      - {id: open, kind: open-token, actor: administrator, text: Put it in.}\n"
RENEW = f"      - {{id: renew-vault, kind: renew-pins, token: vault, actor: administrator, {SPLIT}, text: And this.}}\n"
TRY = "      - {id: try, kind: restore-test, actor: administrator, keys: [root], token: vault, text: Try it.}\n"
BACKUP = (
    "      - {id: backup, kind: backup-key, actor: administrator, keys: [root], token: vault, initialise: true,"
    f" {SPLIT}, text: Back it up.}}\n"
)


def with_a_vault(house: Holders) -> Holders:
    """The first ceremony backs the root key up; the second renews the PINs of both tokens, and tries the backup."""
    kept = "  kept: {algorithm: p-256, backup: true, attributes: {never_extractable: false}}\n"
    house.edit("policy.yaml", "keys:\n", "keys:\n" + kept)
    house.edit("policy.yaml", "issuer: root\n    key: plain", "issuer: root\n    key: kept")
    house.edit("generation.yaml", "key: root, profile: plain", "key: root, profile: kept")
    house.edit("generation.yaml", "  - title: End\n    steps:\n", "  - title: End\n    steps:\n" + BACKUP)
    for script in ("generation.yaml", "renewal.yaml"):
        house.edit(script, TOKENS, TOKENS + OTHERS)
    text = (house.folder / "renewal.yaml").read_text()
    before, after = text[: text.index(OPEN)], text[text.index("      - {id: inventory") :]
    (house.folder / "renewal.yaml").write_text(before + RENEW + OPEN + TRY + after)
    return house


@pytest.fixture(scope="session")
def two_tokens(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The first ceremony, held once: a folder to be copied, and the cards of its holders, of both tokens."""
    folder = tmp_path_factory.mktemp("two-tokens")
    house = with_a_vault(Holders.built(CA, folder))
    with in_force(SoftHsmHome.create(folder / "softhsm"), removed=False):
        assert house.hold("generation").closed, house.people.outcome
    return folder, house.people.cards


@pytest.fixture
def vault(two_tokens: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[Holders]:
    """A copy of it all, with both tokens."""
    made, home = copied(*two_tokens, tmp_path / "house")
    with in_force(home):
        yield made


@pytest.fixture(scope="module")
def renewed(two_tokens: tuple[Path, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of both ceremonies. Nobody writes into it."""
    house, home = copied(*two_tokens, tmp_path_factory.mktemp("both-renewed") / "house")
    with in_force(home):
        house.again()
        assert house.hold("renewal").closed, house.people.outcome
    return house.archive


def vault_pin(house: Holders, names: tuple[str, ...], cards: dict[str, str]) -> Secret:
    """What these people's cards give for the backup token, by what the register says now."""
    token = next(item for item in house.register.tokens if item.label == VAULT)
    check = token.shares_of("user-pin").check_value
    return combine([read_share(Secret(cards[f"share:{VAULT}:{name}"])) for name in names], check)


def opens(pin: Secret) -> bool:
    module = Module.load("softhsm")
    module.restart()
    try:
        module.open(module.find(VAULT), pin).close()
    except WrongPin:
        return False
    return True


def test_both_tokens_take_new_pins_only_and_the_backup_signs_as_before(vault: Holders) -> None:
    old = vault_pin(vault, OLD[1:], dict(vault.people.cards)).reveal()
    assert opens(Secret(old))
    vault.again()
    assert vault.hold("renewal").closed, vault.people.outcome
    assert vault.failed() == set()
    assert not opens(Secret(old))
    assert opens(vault_pin(vault, NEW[1:], vault.people.cards))
    assert [item.label for item in vault.events("restore-tested", 2)] == [VAULT]
    changed = [(item.label, item.purpose) for item in vault.events("pin-changed", 2)]
    assert changed == [(label, pin) for label in ("PRACTICE SMALL", VAULT) for pin in ("user-pin", "so-pin")]
    assert {item.holders for token in vault.register.tokens for item in token.shares} == {NEW}
    assert vault.kinds("renew-vault", 2)[-3:] == ["token-opened", "token-closed", "step-done"]


def test_the_ceremonys_own_token_is_logged_out_for_it_and_opened_again_afterwards(vault: Holders) -> None:
    vault.edit("renewal.yaml", RENEW + OPEN, OPEN + RENEW)
    vault.again()
    assert vault.hold("renewal").closed, vault.people.outcome
    assert vault.failed() == set()
    assert vault.kinds("renew-vault", 2)[:4] == ["step-begun", "instruction-done", "token-closed", "token-found"]
    opened = [(entry.event.step, entry.data.label) for entry in vault.entries(2) if entry.event.kind == "token-opened"]
    assert opened == [
        ("", OWN),
        ("renew", LABEL),
        ("open", LABEL),
        ("renew-vault", VAULT),
        ("", LABEL),
        ("try", VAULT),
        ("close", OWN),
    ], "its own, anew, before the step that needs it, and the backup's in that step"


def test_one_holder_of_its_so_pin_changes_nothing(vault: Holders) -> None:
    old = vault_pin(vault, OLD[1:], dict(vault.people.cards))
    people = vault.again()
    cards = dict(people.cards)
    people.typed = lambda request: (
        "academic " * 32 + "acid" if request.name == f"so-share:{VAULT}:dewi" else cards.get(request.name)
    )
    people.answers["show_secret", "renew"] = lambda display: cards.update({display.name: display.words.reveal()})
    assert not vault.hold("renewal").closed
    assert not [item for item in vault.events("pin-changing", 2) if item.label == VAULT]
    assert opens(old)


def every_card(house: Holders) -> Callable[[Any], str]:
    """They keep the old cards, too: of those with this name the one of the set that is asked for."""
    old = dict(house.people.cards)

    def typed(request: Any) -> str:
        both = [cards[request.name] for cards in (old, house.people.cards) if request.name in cards]
        return next(words for words in both if read_share(Secret(words)).identifier == request.identifier)

    return typed


def test_a_token_that_is_lost_meanwhile_is_told_of_and_the_other_is_not_blamed(
    vault: Holders, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ceremony.token.faults import TokenLost
    from ceremony.token.officer import Officer

    original, lost = Officer.set_user_pin, []

    def once(self: Officer, pin: Secret, not_done: str) -> None:
        if vault.events("step-begun", 2, step="renew-vault") and not lost:
            lost.append(True)
            raise TokenLost("The token is gone.", detail="CKR_DEVICE_REMOVED.", not_done=not_done, next_step="")
        original(self, pin, not_done)

    monkeypatch.setattr(Officer, "set_user_pin", once)
    people = vault.again()
    people.typed = every_card(vault)
    people.answers["choose", "renew-vault"] = lambda choice: "try-again" if choice.fault else None
    assert vault.hold("renewal").closed, people.outcome
    assert lost
    assert not vault.events("token-gone", 2)
    assert vault.failed() == set()


@pytest.mark.parametrize("point", POINTS)
def test_killed_between_its_changes_it_is_gone_on_with(vault: Holders, point: str) -> None:
    """Its PINs alone are renewed here: the ceremony's own token keeps its cards."""
    script = vault.folder / "renewal.yaml"
    text = script.read_text()
    script.write_text(text[: text.index("      - id: renew\n")] + text[text.index(RENEW) :])
    site = Site(vault)
    before = {item.label: item for item in vault.register.tokens}
    assert site.run(point) < 0, "killed"
    assert site.run() == 0
    assert vault.failed() == set()
    after = {item.label: item for item in vault.register.tokens}
    assert after["PRACTICE SMALL"] == before["PRACTICE SMALL"]
    assert after[VAULT].pending == ()
    new = after[VAULT].shares_of("user-pin")
    cards = {f"share:{VAULT}:{name}": site.card(f"share:{VAULT}:{name}", new.identifier) for name in NEW[1:]}
    assert opens(vault_pin(vault, NEW[1:], cards))
    attempts = 1 if point == "after C_SetPIN" else 2
    assert len(vault.events("shares-made", 2)) == 2 * attempts, "what was done is not done twice"


def test_a_plan_says_which_token(vault: Holders) -> None:
    plan = compile_plan(vault.load("renewal"), "practice", Clock().utc())
    assert plan.ok, plan.findings
    assert any("Renew the PINs of token vault, split 2 of 3" in line for line in plan_lines(plan))


WRONG: list[tuple[str, str, str, str]] = [
    ("token: vault, actor", "token: safe, actor", "SCRIPT-OTHER-TOKEN", "`safe` is not among other_tokens"),
    (OTHERS, "other_tokens: {vault: {label: SMALL}}\n", "SCRIPT-OTHER-TOKEN", "the ceremony's own; leave `token` out"),
    (OTHERS, "other_tokens: {vault: {label: ANOTHER}}\n", "SHARES-RENEW", "the PINs of ANOTHER are not split"),
    (RENEW, RENEW + RENEW.replace("renew-vault", "more"), "SHARES-RENEW", "renews them above already"),
    ("[agus, dewi, citra], duty", "[agus, citra, eko], duty", "SHARES-HOLDERS", "PRACTICE VAULT takes new PINs from"),
]


@pytest.mark.parametrize(("old", "new", "rule", "said"), WRONG, ids=[said for *_, said in WRONG])
def test_one_that_cannot_be_is_refused_at_its_line(vault: Holders, old: str, new: str, rule: str, said: str) -> None:
    vault.edit("renewal.yaml", old, new)
    refused(vault, "renewal", rule, said)


def test_a_token_that_this_ceremony_makes_is_not_renewed(vault: Holders) -> None:
    made = RENEW.replace("renew-vault", "more")
    vault.edit("generation.yaml", BACKUP, BACKUP + made)
    refused(vault, "generation", "SHARES-RENEW", "this ceremony makes them")


def test_after_it_the_backup_opens_with_the_new_holders_in_the_same_script(vault: Holders) -> None:
    """Without the renewal the test of the backup would want two of the old ones."""
    vault.edit("renewal.yaml", "[agus, dewi, citra], duty", "[agus, citra, eko, dewi], duty")
    assert compile_plan(vault.load("renewal"), "practice", Clock().utc()).ok
    vault.edit("renewal.yaml", RENEW, "")
    vault.edit("renewal.yaml", "[agus, citra, eko, dewi], duty", "[agus, citra, eko], duty")
    with pytest.raises((InputError, CeremonyError)) as caught:
        vault.load("renewal")
    said = [finding.message for finding in caught.value.findings if finding.rule == "SHARES-HOLDERS"]
    assert any("PRACTICE VAULT opens with 2 of 3 shares" in message for message in said)


def of_the_vault(forger: Forger, kind: str, purpose: str) -> dict[str, object]:
    data: dict[str, object] = forger.of(kind, "renew-vault", purpose=purpose)[0]["data"]
    return data


def other_label(forger: Forger) -> None:
    """As if it had been the ceremony's own token that was changed a second time."""
    for kind in ("pin-changing", "pin-changed"):
        of_the_vault(forger, kind, "user-pin")["label"] = "PRACTICE SMALL"


def one_officer(forger: Forger) -> None:
    forger.remove(forger.of("share-entered", "renew-vault", purpose="so-pin", person="dewi")[0])


def officers_of_the_other(forger: Forger) -> None:
    """Those who entered shares entered them for the other token."""
    for line in forger.of("share-entered", "renew-vault", purpose="so-pin")[:2]:
        line["data"]["label"] = "PRACTICE SMALL"


def left_open(forger: Forger) -> None:
    forger.remove(forger.of("token-closed", "renew-vault")[-1])


FORGED: dict[str, tuple[Callable[[Forger], None], set[str]]] = {
    "another token": (other_label, {"SHARES-RENEWED"}),
    "one officer": (one_officer, {"SHARES-RENEWED"}),
    "officers of the other token": (officers_of_the_other, {"SHARES-RENEWED", "SHARES-OPEN"}),
    "left open": (left_open, {"TOKEN-OPEN"}),
}


@pytest.mark.parametrize(("forge", "rules"), FORGED.values(), ids=FORGED)
def test_a_forged_renewal_of_it_is_found(
    renewed: Path, tmp_path: Path, forge: Callable[[Forger], None], rules: set[str]
) -> None:
    forger = forgers(renewed, tmp_path)("renewal")
    forge(forger)
    assert forger.failed() & rules, forger.failed()


def test_untouched_lines_fail_nothing(renewed: Path, tmp_path: Path) -> None:
    assert forgers(renewed, tmp_path)("renewal").failed() == set()
