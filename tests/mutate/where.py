"""Where each kind of event stands: of each ceremony the kinds for which the sweep counts on it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

WHERE: Mapping[str, tuple[str, ...]] = {
    "rehearsed/0001-root-generation": (
        "certificate-built",
        "ceremony-opened",
        "step-begun",
        "step-done",
        "ceremony-closed",
        "serial-drawn",
        "linted",
        "reviewed",
        "approved",
        "digest-read-back",
        "signature-intended",
        "signed",
        "artefacts-intended",
        "artefacts-written",
        "export-intended",
        "exported",
        "item-received",
        "bag-sealed",
        "items-handed-over",
        "person-present",
        "instruction-done",
        "statement-confirmed",
        "attested",
        "evidence-recorded",
        "clock-compared",
        "token-found",
        "token-initialising",
        "token-initialised",
        "token-opened",
        "token-closed",
        "key-intended",
        "key-made",
        "inventory-reviewed",
    ),
    "troubled/0001-root-generation": (
        "step-failed",
        "note",
        "deviation",
        "ceremony-resumed",
        "resumption-agreed",
        "key-adopted",
        "discard-intended",
        "key-discarded",
        "approval-refused",
        "clock-jumped",
        "person-left",
        "person-returned",
        "quorum-awaited",
        "remark-refused",
        "break-begun",
        "break-ended",
        "pin-refused",
    ),
    "demo/0002-split-custody": (
        "crl-built",
        "rehearsal-compared",
        "swap-looked-at",
        "shares-made",
        "share-shown",
        "share-entered",
        "share-refused",
        "shares-proved",
    ),
    "demo/0004-split-custody-next": ("bag-opened", "contents-found"),
    "demo/0006-split-custody-holders": ("pin-changing", "pin-changed"),
    "psre/0002-root-generation": ("backup-intended", "key-backed-up", "restore-test-intended", "restore-tested"),
    "psre/0006-cross-signing": ("request-built", "request-read"),
    "psre/0012-emergency-revocation": ("ocsp-response-built", "incident-recorded"),
    "psre/0022-retirement": ("destruction-intended", "key-destroyed", "item-destroyed"),
    "isrg/0014-key-backup": ("key-parked",),
    "signed/0001-short": (
        "preparation-failed",
        "dissent",
        "waiver-used",
        "clock-departed",
        "certificate-unseen",
        "certificate-ends",
        "token-gone",
    ),
    "ended/0001-short": ("interrupted", "ceremony-aborted"),
    "items/0001-items": ("departure", "bag-checked", "item-missing", "item-stays"),
    "shares/0002-look": ("share-passed", "shares-refused"),
}
"""Each kind stands here once; a ceremony may have other kinds, too."""


def astray(seen: Mapping[str, Collection[str]]) -> Iterator[str]:
    """What of the table does not hold for these ceremonies, by the kinds of event that their records have."""
    for name, found in seen.items():
        for kind in (kind for kind in WHERE.get(name, ()) if kind not in found):
            yield f"{kind} stands nowhere in {name}, where it was to be changed."
