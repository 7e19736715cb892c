"""A whole ceremony, and how it ends when something goes wrong."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ceremony.canonical import sha256_hex
from ceremony.engine.notices import StepChange
from ceremony.engine.performance import perform
from ceremony.errors import BrokenOff, CeremonyError, Interrupted
from ceremony.room.clock import iso
from ceremony.token.module import Module
from ceremony.transcript.journal import Journal


def openssl(*arguments: str) -> str:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


class TestClosed:
    def test_every_step_is_done_in_order_and_the_record_is_sealed(self, small: Any) -> None:
        outcome = small.perform()
        assert outcome.closed
        assert outcome.fault is None
        done = [entry.event.step for entry in small.chain().entries if entry.event.kind == "step-done"]
        assert done == [planned.step.id for planned in small.plan().steps]
        assert small.chain().faults == ()
        assert small.kinds()[-1] == "ceremony-closed"

    def test_openssl_accepts_the_seal_and_the_chain_of_certificates(self, small: Any, tmp_path: Path) -> None:
        folder = Path(small.perform().folder)
        pem = tmp_path / "seal.pem"
        openssl("x509", "-inform", "DER", "-in", str(folder / "inputs/seal-certificate.der"), "-out", str(pem))
        openssl(
            *(
                "cms",
                "-verify",
                "-inform",
                "DER",
                "-in",
                str(folder / "transcript.p7s"),
                "-binary",
                "-out",
                "/dev/null",
            ),
            *("-content", str(folder / "transcript.jsonl"), "-CAfile", str(pem), "-purpose", "any"),
        )
        root = str(folder / "certificates/root.pem")
        openssl("verify", "-x509_strict", "-CAfile", root, root, str(folder / "certificates/sub.pem"))

    def test_sha256sums_covers_every_other_file(self, small: Any) -> None:
        folder = Path(small.perform().folder)
        check = subprocess.run(
            ["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, text=True, check=True
        )
        checked = {line.split(":")[0] for line in check.stdout.splitlines()}
        everything = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
        assert everything - checked == {"SHA256SUMS"}

    def test_practice_is_written_into_every_subject(self, small: Any) -> None:
        folder = Path(small.perform().folder)
        for name in ("root", "sub"):
            subject = openssl("x509", "-in", str(folder / f"certificates/{name}.pem"), "-noout", "-subject")
            assert "(PRACTICE)" in subject

    def test_a_second_ceremony_names_the_head_of_the_first(self, small: Any, softhsm: Any) -> None:
        first = small.perform()
        for file, first_one, other in (
            ("script.yaml", "SMALL-ROOT", "OTHER-ROOT"),
            ("script.yaml", ": root,", ": other-root,"),
            ("script.yaml", ": sub,", ": other-sub,"),
            ("script.yaml", "certificate: sub\n", "certificate: other-sub\n"),
            ("script.yaml", "key: sub\n", "key: other-sub\n"),
            ("script.yaml", "issuer: root\n", "issuer: other-root\n"),
            ("script.yaml", "profile: other-root", "profile: root"),
            ("policy.yaml", "CN, value: Small", "CN, value: Other"),
        ):
            small.edit(file, first_one, other)
        second = small.perform()
        opened = small.chain(2).entries[0].data
        assert second.closed
        assert (opened.previous_ceremony, opened.previous_head) == ("0001-small", first.head)

    def test_a_plan_that_was_made_before_another_ceremony_is_not_opened(self, small: Any) -> None:
        early = small.plan()
        assert small.perform().closed
        before = sorted(item.name for item in small.archive.iterdir())
        with pytest.raises(CeremonyError) as caught:
            perform(early, small.officiant, archive=small.archive, clock=small.clock, tokens=small.tokens(early))
        assert caught.value.code == "ARCHIVE-PREVIOUS"
        assert "0001-small" in caught.value.detail
        assert sorted(item.name for item in small.archive.iterdir()) == before
        assert len(small.chain().entries) == len(small.officiant.lines)

    def test_a_plan_over_one_archive_is_not_opened_in_another(self, small: Any, tmp_path: Path) -> None:
        assert small.perform().closed
        late = small.plan()
        with pytest.raises(CeremonyError) as caught:
            perform(late, small.officiant, archive=tmp_path / "new", clock=small.clock, tokens=small.tokens(late))
        assert caught.value.code == "ARCHIVE-PREVIOUS"
        assert not (tmp_path / "new").exists()

    def test_what_the_plan_was_made_of_is_kept_and_named_in_the_first_line(self, small: Any) -> None:
        plan = small.plan()
        small.perform()
        opened = small.chain().entries[0].data
        folder = small.archive / "0001-small"
        assert {file.path: file.size for file in opened.inputs} == {
            "inputs/register.json": len(plan.past.register.octets)
        }
        assert (folder / "inputs/register.json").read_bytes() == plan.past.register.octets
        assert (opened.challenges, opened.stand_in) == (0, False)

    def test_the_officiant_sees_every_line_with_the_head_that_is_on_disk(self, small: Any) -> None:
        outcome = small.perform()
        assert [line.seq for line in small.officiant.lines] == list(range(1, len(small.chain().entries) + 1))
        assert small.officiant.lines[-1].head == outcome.head == small.chain().head


class TestOrderOfIntentAndEffect:
    def test_the_intent_of_each_key_and_signature_is_on_disk_before_the_token_is_asked(
        self, small: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from ceremony.token.session import Session

        seen: list[tuple[str, str]] = []
        for method in ("generate_key", "sign"):
            original = getattr(Session, method)

            def spy(
                self: Any, *arguments: Any, _method: str = method, _original: Any = original, **options: Any
            ) -> Any:
                record = (small.archive / "0001-small/transcript.jsonl").read_bytes()
                seen.append((_method, record.splitlines()[-1].decode()))
                return _original(self, *arguments, **options)

            monkeypatch.setattr(Session, method, spy)
        small.perform()
        for method, kind in (("generate_key", "key-intended"), ("sign", "signature-intended")):
            lines = [line for name, line in seen if name == method]
            assert sum(f'"kind":"{kind}"' in line for line in lines) == 2

    def test_the_bytes_that_are_signed_are_those_that_were_reviewed_and_approved(self, small: Any) -> None:
        small.perform()
        reviews = [review.digest for review in small.officiant.of("review")]
        approvals = [request.digest for request in small.officiant.of("approve", "root-sign")]
        signed = [e.data.to_be_signed_sha256 for e in small.chain().entries if e.event.kind == "signed"]
        assert reviews == signed
        assert approvals == [signed[0]] * 2, "two custodians approve each signature"


class TestAbort:
    @pytest.mark.parametrize(
        ("method", "step", "code"),
        [
            ("confirm", "state", "STATEMENT-DECLINED"),
            ("confirm", "clock", "CLOCK-DECLINED"),
            ("confirm", "open", "TOKEN-DECLINED"),
            ("approve", "root-sign", "APPROVAL-REFUSED"),
            ("confirm", "inventory", "INVENTORY-DECLINED"),
            ("confirm", "close", "CLOSE-DECLINED"),
        ],
    )
    def test_a_person_who_declines_stops_the_step_and_the_decision_is_recorded(
        self, small: Any, method: str, step: str, code: str
    ) -> None:
        small.officiant.answers[method, step] = lambda _: False
        outcome = small.perform()
        assert not outcome.closed
        failed = next(e.data for e in small.chain().entries if e.event.kind == "step-failed")
        assert (failed.code, failed.decision) == (code, "abort")
        assert small.kinds()[-1] == "ceremony-aborted"
        assert small.verdict().outcome == "ended early"

    def test_nothing_is_signed_when_the_second_custodian_refuses(self, small: Any) -> None:
        answers = iter([True, False])
        small.officiant.answers["approve", "root-sign"] = lambda _: next(answers)
        small.perform()
        assert "approved" in small.kinds()
        assert "signature-intended" not in small.kinds()

    def test_after_a_fault_the_step_can_be_tried_again_as_a_second_attempt(self, small: Any) -> None:
        answers = iter([False, True, True])
        small.officiant.answers["confirm", "state"] = lambda _: next(answers)
        small.officiant.answers["choose", "state"] = lambda _: "try-again"
        assert small.perform().closed
        attempts = [
            e.event.attempt for e in small.chain().entries if e.event.kind == "step-begun" and e.event.step == "state"
        ]
        assert attempts == [1, 2]

    def test_an_end_that_people_decided_logs_the_token_out_and_says_why(self, small: Any) -> None:
        def interrupt(_: object) -> None:
            raise Interrupted("F10: enough")

        small.officiant.answers["instruct", "sub-key"] = interrupt
        outcome = small.perform()
        assert isinstance(outcome.fault, Interrupted)
        sealed = ["token-found", "token-opened", "statement-confirmed", "artefacts-intended", "artefacts-written"]
        outside = small.kinds("")
        end = outside[outside.index("interrupted") :]
        assert end == ["interrupted", "token-closed", *sealed, "ceremony-aborted"]
        assert "F10" in next(e.data.cause for e in small.chain().entries if e.event.kind == "interrupted")
        assert Module.load("softhsm").sessions == ()
        assert small.chain().entries[-1].data.keys == ("root",)

    def test_what_nobody_decided_leaves_the_record_open_with_the_token_logged_out(self, small: Any) -> None:
        def interrupt(_: object) -> None:
            raise BrokenOff("the terminal was closed (SIGHUP)")

        small.officiant.answers["instruct", "sub-key"] = interrupt
        outcome = small.perform()
        assert small.kinds()[-2:] == ["interrupted", "token-closed"]
        assert Module.load("softhsm").sessions == ()
        assert (outcome.closed, outcome.headline) == (False, "The ceremony was broken off before its close.")
        assert "Start the same command again" in " ".join(outcome.fault.paragraphs())

    def test_a_fault_of_the_program_is_a_sentence_without_variables(self, small: Any) -> None:
        def fail(_: object) -> None:
            pin = "hunter2"
            raise RuntimeError(pin)

        small.officiant.answers["instruct", "root-key"] = fail
        outcome = small.perform()
        text = "\n".join(outcome.fault.paragraphs())
        assert "PROGRAM-FAULT" in text
        assert "hunter2" not in text + (small.archive / "0001-small/transcript.jsonl").read_text()
        assert small.kinds()[-1] == "ceremony-aborted"

    def test_a_plan_with_errors_opens_nothing(self, small: Any) -> None:
        small.edit("policy.yaml", "lifetime: 20y", "lifetime: 40y")
        with pytest.raises(CeremonyError, match="plan has errors"):
            small.perform()
        assert not small.archive.exists()


class TestRecordNotWritable:
    def test_the_ceremony_stops_when_the_record_cannot_be_written(
        self, small: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        written = Journal._write

        def full(self: Journal, line: bytes) -> None:
            if b'"kind":"key-intended"' in line:
                import errno

                error = OSError(errno.ENOSPC, "No space left on device")
                self._broken = True
                raise self._failure(error)
            written(self, line)

        monkeypatch.setattr(Journal, "_write", full)
        outcome = small.perform()
        assert outcome.fault.code == "RECORD-WRITE"
        assert small.officiant.of("progress") == [], "no key was made after the record failed"
        assert Module.load("softhsm").sessions == ()

    def test_an_archive_that_cannot_be_made_is_told_before_anything_begins(self, small: Any) -> None:
        small.archive.write_text("a file is in the way")
        with pytest.raises(CeremonyError, match="folder cannot be made"):
            small.perform()
        assert small.officiant.asked == []


class TestRemarks:
    def test_notes_and_deviations_go_into_the_record_and_the_counts(self, small: Any) -> None:
        def remark(_: object) -> None:
            small.officiant.say("note", {"text": "The lamp flickered."})
            small.officiant.say(
                "deviation",
                {"expected": "door shut", "happened": "door open", "decided": "shut it", "decided_by": "Rini"},
            )

        small.officiant.answers["instruct", "open"] = remark
        assert small.perform().closed
        closed = small.chain().entries[-1].data
        assert (closed.notes, closed.deviations) == (1, 1)
        states = [change.state for change in small.officiant.changes if change.step_id == "open"]
        assert states == ["doing", "deviated"]


class TestClock:
    def test_a_reference_outside_the_tolerance_is_decided_by_people(self, small: Any) -> None:
        from datetime import timedelta

        reference = small.clock.machine_utc() + timedelta(hours=2)
        small.officiant.answers["record", "clock"] = lambda _: {"source": "GPS", "reference": iso(reference)}
        small.officiant.answers["choose", "clock"] = lambda _: "reference"
        assert small.perform().closed
        compared = next(e.data for e in small.chain().entries if e.event.kind == "clock-compared")
        assert compared.adopted == "reference"
        assert abs(compared.agreed_offset_seconds - 7200) <= 2
        assert small.officiant.agreed == [compared.agreed_offset_seconds]

    def test_a_reference_outside_the_tolerance_is_not_adopted_by_itself(self, small: Any) -> None:
        small.officiant.answers["record", "clock"] = lambda _: {"source": "GPS", "reference": "2030-01-01T00:00:00Z"}
        small.officiant.answers["choose", "clock"] = lambda choice: (
            choice.options[0].name if choice.title.startswith("The two") else "abort"
        )
        outcome = small.perform()
        assert not outcome.closed
        assert "clock-compared" not in small.kinds()

    def test_a_clock_that_jumps_after_it_was_agreed_stops_the_step(
        self, small: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def set_clock(_: object) -> None:
            read = small.clock._read_wall_seconds
            monkeypatch.setattr(small.clock, "_read_wall_seconds", lambda: read() + 3600)

        small.officiant.answers["instruct", "open"] = set_clock
        outcome = small.perform()
        assert not outcome.closed
        assert "clock-jumped" in small.kinds()
        failed = next(e.data for e in small.chain().entries if e.event.kind == "step-failed")
        assert failed.code == "CLOCK-JUMP"


class TestEnvironment:
    def test_override_variables_must_be_explained(self, small: Any) -> None:
        small.officiant.answers["confirm", "open"] = lambda request: "redirect" not in request.statement
        outcome = small.perform(overrides=("LD_PRELOAD",))
        assert not outcome.closed
        failed = next(e.data for e in small.chain().entries if e.event.kind == "step-failed")
        assert failed.code == "TOKEN-ENVIRONMENT"
        assert "PRACTICE SMALL-ROOT" not in small.labels("token-initialising")


def test_what_was_exported_is_what_is_in_the_archive(small: Any) -> None:
    folder = Path(small.perform().folder)
    copies = small.sticks / "0001-small"
    for name in ("root.der", "root.pem", "root.txt", "sub.der"):
        assert sha256_hex((copies / name).read_bytes()) == sha256_hex((folder / "certificates" / name).read_bytes())


def test_export_never_overwrites(small: Any) -> None:
    (small.sticks / "0001-small").mkdir()
    outcome = small.perform()
    assert not outcome.closed
    failed = next(e.data for e in small.chain().entries if e.event.kind == "step-failed")
    assert failed.code == "MEDIA-EXISTS"


def when_the_close_begins(small: Any, act: Callable[[], object]) -> None:
    def notice(told: object) -> None:
        if told == StepChange("close", "doing"):
            act()

    small.officiant.notice = notice


def cut_short(copy: Path) -> None:
    copy.write_bytes(copy.read_bytes()[:-1])


def test_a_copy_damaged_on_the_stick_keeps_the_ceremony_from_being_closed(small: Any) -> None:
    copy = small.sticks / "0001-small" / "root.der"
    when_the_close_begins(small, lambda: cut_short(copy))
    outcome = small.perform()
    assert not outcome.closed
    failed = next(e.data for e in small.chain().entries if e.event.kind == "step-failed")
    assert (failed.code, small.kinds("close")) == ("MEDIA-DAMAGED", ["step-begun", "step-failed"])
    (told,) = [choice.fault for choice in small.officiant.of("choose", "close")]
    assert told.where == str(copy)
    assert f"copy {small.archive}/0001-small/certificates/root.der there by hand" in told.next_step


def test_a_copy_that_people_put_back_is_hashed_again_and_the_ceremony_closed(small: Any) -> None:
    copy = small.sticks / "0001-small" / "root.der"
    true_one = small.archive / "0001-small/certificates/root.der"
    still_whole = [copy]
    when_the_close_begins(small, lambda: still_whole and cut_short(still_whole.pop()))
    small.officiant.answers["choose", "close"] = lambda _: (copy.write_bytes(true_one.read_bytes()), "try-again")[1]
    assert small.perform().closed
    assert small.verdict().proved, "\n".join(small.verdict().lines())


def test_a_copy_damaged_while_the_record_was_sealed_is_told_and_gets_no_record(small: Any) -> None:
    copy = small.sticks / "0001-small" / "root.der"
    small.officiant.answers["confirm", "close"] = lambda _: cut_short(copy)
    outcome = small.perform()
    assert outcome.closed
    assert outcome.fault is not None
    assert outcome.fault.code == "MEDIA-DAMAGED"
    assert not (copy.parent / "record").exists()


def test_nothing_is_exported_through_a_link(small: Any) -> None:
    elsewhere = small.sticks.rename(small.sticks.with_name("elsewhere"))
    small.sticks.symlink_to(elsewhere)
    small.officiant.answers["choose", "export"] = lambda _: (
        (small.sticks.unlink(), elsewhere.rename(small.sticks), "try-again")[2] if elsewhere.exists() else "abort"
    )
    assert small.perform().closed
    failed = [e.data.code for e in small.chain().entries if e.event.kind == "step-failed"]
    assert failed == ["MEDIA-LINK"]


def test_a_folder_of_the_ceremony_that_became_a_link_sends_nothing_outside(small: Any) -> None:
    outside, inside = small.folder.parent / "outside", small.archive / "0001-small/certificates"
    outside.mkdir()
    small.officiant.once("approve", "root-sign", lambda: inside.symlink_to(outside))
    small.officiant.answers["choose", "root-sign"] = lambda _: (inside.unlink(), "try-again")[1]
    assert small.perform().closed
    failed = [e.data.code for e in small.chain().entries if e.event.kind == "step-failed"]
    assert (failed, list(outside.iterdir())) == (["MEDIA-LINK"], [])
    assert small.verdict().proved, "\n".join(small.verdict().lines())


def test_a_ceremony_whose_own_folder_became_a_link_sends_nothing_outside(small: Any) -> None:
    folder, outside = small.archive / "0001-small", small.archive.with_name("outside")

    def swap() -> None:
        folder.rename(outside)
        folder.symlink_to(outside)

    small.officiant.once("approve", "root-sign", swap)
    assert not small.perform().closed
    assert not list(outside.glob("certificates/*"))


def test_the_medium_receives_the_whole_sealed_record(small: Any) -> None:
    folder = Path(small.perform().folder)
    copy = small.sticks / "0001-small" / "record"
    names = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    assert sorted(path.relative_to(copy) for path in copy.rglob("*") if path.is_file()) == names
    for name in names:
        assert (copy / name).read_bytes() == (folder / name).read_bytes()


def test_a_medium_that_fails_after_the_seal_does_not_undo_the_ceremony(small: Any) -> None:
    def fill(_: object) -> bool:
        (small.sticks / "0001-small" / "record").write_text("in the way")
        return True

    small.officiant.answers["confirm", "close"] = fill
    outcome = small.perform()
    assert outcome.closed
    assert outcome.fault.code == "MEDIA-EXISTS"


def test_a_record_that_could_not_be_sealed_is_said_to_be_unsealed(small: Any) -> None:
    def fill(_: object) -> bool:
        seal = small.archive / "0001-small" / "transcript.p7s"
        seal.touch()
        return True

    small.officiant.answers["confirm", "close"] = fill
    outcome = small.perform()
    assert not outcome.closed
    assert outcome.headline == "The record has its last line, but it is not sealed."


class TestTriedAgain:
    """Whatever had to be tried again, the closed record proves."""

    def test_a_certificate_that_was_signed_but_not_written_is_written_and_not_signed_again(self, small: Any) -> None:
        small.officiant.answers["choose", "root-sign"] = lambda _: "try-again"
        blocked = small.archive / "0001-small" / "certificates"
        small.officiant.answers["instruct", "root-sign"] = lambda _: (
            blocked.unlink() if blocked.exists() else blocked.write_text("in the way")
        )
        assert small.perform().closed
        assert small.kinds().count("signature-intended") == 2, "one for each certificate"
        assert small.verdict().proved, "\n".join(small.verdict().lines())

    def test_a_refused_approval_builds_reviews_and_approves_anew(self, small: Any) -> None:
        answers = iter([True, False, True, True])
        small.officiant.answers["approve", "root-sign"] = lambda _: next(answers)
        small.officiant.answers["choose", "root-sign"] = lambda _: "try-again"
        assert small.perform().closed
        serials = [e.data.serial for e in small.chain().entries if e.event.kind == "serial-drawn"]
        assert len(set(serials)) == 3
        assert small.verdict().proved, "\n".join(small.verdict().lines())

    def test_a_key_that_the_token_could_not_make_is_made_at_the_second_attempt(
        self, small: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from ceremony.token.session import Session

        generate = Session.generate_key
        failures = iter([True])

        def fail_once(self: Session, label: str, key_id: bytes, algorithm: str, **options: bool) -> Any:
            if label == "sub" and next(failures, False):
                raise CeremonyError("The token is full.", not_done="No key was made.", code="TOKEN-FULL")
            return generate(self, label, key_id, algorithm, **options)

        monkeypatch.setattr(Session, "generate_key", fail_once)
        small.officiant.answers["choose", "sub-key"] = lambda _: "try-again"
        assert small.perform().closed
        assert small.kinds().count("key-intended") == 3
        assert small.verdict().proved, "\n".join(small.verdict().lines())

    def test_a_note_in_the_middle_of_an_approval_does_not_break_it(self, small: Any) -> None:
        def note(_: object) -> bool:
            small.officiant.say("note", {"text": "Reading aloud."})
            return True

        small.officiant.answers["approve", "root-sign"] = note
        assert small.perform().closed
        assert small.verdict().proved, "\n".join(small.verdict().lines())

    def test_an_export_that_failed_is_done_at_the_second_attempt(self, small: Any) -> None:
        target = small.sticks / "0001-small"
        target.mkdir()
        small.officiant.answers["choose", "export"] = lambda _: (target.rmdir(), "try-again")[1]
        assert small.perform().closed
        assert small.verdict().proved, "\n".join(small.verdict().lines())

    def test_a_seal_that_was_refused_is_given_at_the_second_attempt(self, small: Any) -> None:
        refusals = iter([True])
        small.officiant.answers["confirm", "close"] = lambda request: (
            not (request.word == "SEAL" and next(refusals, False))
        )
        small.officiant.answers["choose", "close"] = lambda _: "try-again"
        assert small.perform().closed
        assert small.verdict().proved, "\n".join(small.verdict().lines())


WAIVER = """\
waivers:
  - rules: [cabf.internal_domain_name]
    sources: [pkilint]
    profiles: [sub]
    reason: The name is resolved in the laboratory only.
    expires: "2099-12-31"
    approved_by: Rini Wulandari
keys:
"""


class TestWaiver:
    def test_an_error_of_the_linter_blocks_without_a_waiver(self, small: Any) -> None:
        small.edit("policy.yaml", "pki.example.org", "pki.small.internal")
        with pytest.raises(CeremonyError, match="plan has errors"):
            small.perform()

    def test_a_waived_error_is_signed_recorded_and_proved(self, small: Any) -> None:
        small.edit("policy.yaml", "pki.example.org", "pki.small.internal")
        small.edit("policy.yaml", "keys:\n", WAIVER)
        assert small.perform().closed
        used = [e.data for e in small.chain().entries if e.event.kind == "waiver-used"]
        assert [(item.name, item.rules) for item in used] == [("sub", ("cabf.internal_domain_name",))]
        shown = [finding for review in small.officiant.of("review", "sub-sign") for finding in review.findings]
        assert any("laboratory" in finding.message for finding in shown)
        assert small.verdict().proved, "\n".join(small.verdict().lines())


def test_what_was_refused_after_its_signature_is_never_written(small: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from ceremony.engine import signing

    judged = signing.judge_signed

    def refuse(*what: Any) -> None:
        judged(*what)
        raise CeremonyError("The bytes break a rule.", code="LINT-ERROR")

    decisions = iter(["try-again", "abort"])
    monkeypatch.setattr(signing, "judge_signed", refuse)
    small.officiant.answers["choose", "root-sign"] = lambda _: next(decisions)
    assert not small.perform().closed
    assert [e.data.what for e in small.chain().entries if e.event.kind == "artefacts-written"] == ["credential", "seal"]
    assert small.kinds().count("signature-intended") == 1
    verdict = small.verdict()
    assert verdict.outcome == "ended early", verdict.lines()
    assert "LIMIT-UNWRITTEN" in {check.id for check in verdict.checks}


def test_what_is_planned_can_be_rehearsed_however_long_its_name(small: Any) -> None:
    small.edit("policy.yaml", "Small TLS CA", "S" * 64)
    named = f"roles: [administrator], credential: {{certificate_sha256: '{'5e' * 32}', token_label: RINI}}"
    small.edit("people.yaml", "roles: [administrator]", named)
    assert small.plan("production").ok
    assert small.plan("practice").ok
