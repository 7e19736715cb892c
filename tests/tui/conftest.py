"""A launcher whose ceremony asks every kind of question once, without a token and without an engine."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from textual import events

from ceremony.custody.consent import approval_statement
from ceremony.custody.people import Person
from ceremony.engine.notices import AgreedClock, Artefact, Line, Outcome, Overview, Proof, StepChange, StepView
from ceremony.engine.officiant import Officiant
from ceremony.engine.questions import (
    ApprovalRequest,
    Blank,
    Choice,
    Confirmation,
    FieldRow,
    Form,
    Instruction,
    Option,
    Progress,
    Review,
    SecretRequest,
)
from ceremony.errors import CeremonyError, Finding, Interrupted, Severity
from ceremony.tui.app import CeremonyApp
from ceremony.tui.bars import Status
from ceremony.tui.frame import Frame
from ceremony.tui.launcher import ArchiveView, Mode, PlanView, ScriptChoice
from ceremony.words import words

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
PIN = "1357-Senja"
RINI = Person.model_validate(
    {"id": "rini", "name": "Rini Wulandari", "organisation": "Demonstration CA", "roles": ("administrator",)}
)
GOLDEN = Path(__file__).parent / "golden"

VERDICT = (
    f"PROVED{'a rehearsal':>72}",
    "=" * 78,
    "PRACTICE: nothing here is a production key, certificate or signature.",
    "Ceremony   0001-root-generation-20261122-5c1f0a2b",
    "Title      Root key generation of the Demonstration CA",
    "Folder     archive/0001-root-generation",
    "Held       2026-11-22T11:30:00Z to 2026-11-22T12:00:00Z, 10 of 10 steps",
    "",
    "WHAT THIS DOES NOT PROVE",
    "  ? That people were who they said, what they typed was true, and the clock",
    "    was right.",
)


def digest(text: str) -> str:
    """A stable digest to show."""
    return hashlib.sha256(text.encode()).hexdigest()


def spoken(hexadecimal: str, octets: int | None = None) -> tuple[str, ...]:
    """Its words."""
    return words(bytes.fromhex(hexadecimal)[:octets])


TITLES = (
    ("Opening", "roll-call", "Roll call"),
    ("Opening", "attest", "Room and camera"),
    ("Opening", "record", "Materials on the table"),
    ("Opening", "compare-clock", "Clock"),
    ("Token", "open-token", "Open the token"),
    ("Token", "generate-key", "Generate the root key"),
    ("Certificates", "self-sign", "Root certificate"),
    ("Certificates", "issue", "Intermediate certificate"),
    ("Closing", "export", "Export to two media"),
    ("Closing", "close", "Close"),
)

STEPS = tuple(
    StepView(
        id=kind,
        number=number,
        kind=kind,
        section=section,
        title=title,
        text=f"The administrator leads step {number}, {title.lower()}, as the script says.",
        actor="Rini Wulandari (administrator)",
        witness="Sam Ode (witness)" if number % 2 == 0 else "",
        clauses=("BR 6.1.1.1", "CPS 6.2") if number > 4 else (),
    )
    for number, (section, kind, title) in enumerate(TITLES, start=1)
)


def step(kind: str) -> StepView:
    """A step by its kind."""
    return next(view for view in STEPS if view.kind == kind)


STATEMENT = "I see that the camera is recording and that only the persons named are in this room."

FAULT = CeremonyError(
    "The token did not answer.",
    detail="C_Sign returned CKR_DEVICE_REMOVED.",
    where="token DEMO-ROOT",
    not_done="Nothing was signed.",
    next_step="Look at the cable, put the token in again, then choose.",
    code="TOKEN-GONE",
)

ROWS = tuple(
    FieldRow(name, value, value, equal=True)
    for name, value in (
        ("version", "3"),
        ("serialNumber", "at least 64 random bits from the token"),
        ("signature", "sha384-rsa"),
        ("issuer", "C=ID, O=Demonstration CA, CN=Demonstration Root R1 (PRACTICE)"),
        ("notBefore", "2026-11-22 12:00:00Z"),
        ("notAfter", "2046-11-22 11:59:59Z"),
        ("subject", "C=ID, O=Demonstration CA, CN=Demonstration Root R1 (PRACTICE)"),
        ("publicKey", "RSA, 4096 bits, exponent 65537"),
        ("basicConstraints", "critical, CA:TRUE"),
        ("keyUsage", "critical, keyCertSign, cRLSign"),
        ("subjectKeyIdentifier", "rfc7093-1 of the public key"),
        ("certificatePolicies", "absent"),
        ("cRLDistributionPoints", "absent"),
        ("authorityInfoAccess", "absent"),
    )
)

REVIEW = Review(
    step=step("self-sign"),
    title="root-r1, a TBSCertificate",
    rows=ROWS,
    findings=(
        Finding("pkix.aki_absent", Severity.WARNING, "authorityKeyIdentifier is absent", "root-r1", source="pkilint"),
        Finding("KEY-ATTR-LOCAL", Severity.INFO, "the key was made in the token", "root-r1"),
    ),
    dump="\n".join(f"{at:04x}  30 82 05 {at:02x} a0 03 02 01 02 02 14 5f  0........_" for at in range(60)),
    digest=digest("root-r1"),
    digest_words=spoken(digest("root-r1")),
    size=1234,
)

OVERVIEW = Overview(
    ceremony_id="0001-root-generation",
    title="Root key generation of the Demonstration CA",
    purpose="Two roots and an intermediate under each are made in a token, in front of witnesses.",
    mode="practice",
    steps=STEPS,
    plan_sha256=digest("plan"),
    policy_sha256=digest("policy"),
    script_sha256=digest("script"),
    token_label="DEMO-ROOT",
    archive="archive/0001-root-generation",
    key_generations=4,
    signatures=4,
    materials=("token",),
)


class FakeLauncher:
    """Plays one question of each kind; what people answered is in `answers`, how it ended in `cause`."""

    def __init__(self, folder: Path, mode: Mode = "practice", play: tuple[str, ...] | None = None) -> None:
        self.mode: Mode = mode
        self.folder = folder
        self.answers: list[object] = []
        self.remarks: list[tuple[str, dict[str, str]]] = []
        self.cause = ""
        self.threads: set[int] = set()
        self.plan_error: Exception | None = None
        self.perform_error: Exception | None = None
        self.plan_ok = True
        self.archive: ArchiveView | CeremonyError = ArchiveView(
            ("The archive is empty: no ceremony was held before this one.",)
        )
        self.token_finished = threading.Event()
        self.done = threading.Event()
        self.closed = True
        self.sealed = False
        self.headline = "PROVED. The ceremony is closed and sealed."
        self.proof = Proof("proved", VERDICT)
        self.pins: list[str] = []
        self._play = play
        self._seq = 0

    def scripts(self) -> list[ScriptChoice]:
        """See Launcher."""
        sha = digest("script")
        return [
            ScriptChoice(
                "policies/demo/ceremonies/root-generation.yaml",
                "Root key generation of the Demonstration CA",
                "Demonstration CA",
                sha,
                " ".join(spoken(sha, 8)),
            ),
            ScriptChoice(
                "policies/demo/ceremonies/broken.yaml", "broken.yaml", "Demonstration CA", "", "", "line 3: unknown key"
            ),
        ]

    def plan(self, path: str) -> PlanView:
        """See Launcher."""
        self.threads.add(threading.get_ident())
        if self.plan_error is not None:
            raise self.plan_error
        findings = REVIEW.findings[:1]
        if not self.plan_ok:
            findings += (Finding("BR-KEY-SIZE", Severity.ERROR, "the key is too small", "root-r1"),)
        lines = tuple(f"{view.number}. {view.title}: {view.text}" for view in STEPS)
        return PlanView(
            title="Root key generation of the Demonstration CA",
            ok=self.plan_ok,
            lines=lines,
            findings=findings,
            key_generations=4,
            signatures=4,
            mode=self.mode,
            policy_sha256=digest("policy"),
            script_sha256=digest("script"),
            plan_sha256=digest("plan"),
        )

    def prove(self, path: str) -> ArchiveView:
        """See Launcher."""
        if isinstance(self.archive, CeremonyError):
            raise self.archive
        return self.archive

    def perform(self, path: str, officiant: Officiant) -> None:
        """See Launcher."""
        self.threads.add(threading.get_ident())
        if self.perform_error is not None:
            raise self.perform_error
        try:
            self._perform(officiant)
        except Interrupted as stop:
            self.cause = stop.cause
            self._line(officiant, "close", "ceremony-interrupted", stop.cause)
            officiant.finish(self._outcome(closed=False, headline="The ceremony was interrupted.", fault=stop))
        finally:
            self.done.set()

    def _perform(self, officiant: Officiant) -> None:
        from dataclasses import replace

        officiant.begin(replace(OVERVIEW, mode=self.mode))
        bind = getattr(officiant, "bind_remarks", None)
        if bind is not None:
            bind(lambda kind, texts: self._remark(officiant, kind, texts))
        self._line(officiant, "", "ceremony-opened", "the record is open")
        for view in STEPS:
            if self._play is None or view.kind in self._play:
                officiant.notice(StepChange(view.id, "doing"))
                self._step(officiant, view)
                officiant.notice(StepChange(view.id, "done"))
        officiant.finish(self._outcome(closed=self.closed, headline=self.headline))

    def _remark(self, officiant: Officiant, kind: str, texts: dict[str, str]) -> None:
        self.threads.add(threading.get_ident())
        self.remarks.append((kind, texts))
        self._line(officiant, "", kind, texts.get("text", texts.get("happened", "")))

    def _line(self, officiant: Officiant, step_id: str, kind: str, summary: str) -> None:
        self._seq += 1
        at = f"2026-11-22T12:00:{self._seq % 60:02}Z"
        officiant.notice(Line(self._seq, at, step_id, kind, summary, digest(f"{self._seq} {kind} {summary}")))

    def _outcome(self, *, closed: bool, headline: str, fault: CeremonyError | None = None) -> Outcome:
        artefacts = []
        for name, content in (("root-r1.der", b"\x30" * 9), ("root-r1.pem", b"x" * 1500), ("SHA256SUMS", b"sums\n")):
            (self.folder / name).write_bytes(content)
            artefacts.append(Artefact(name, name, hashlib.sha256(content).hexdigest(), len(content)))
        return Outcome(
            closed=closed,
            sealed=self.sealed or closed,
            headline=headline,
            folder=str(self.folder),
            head=digest("head"),
            artefacts=tuple(artefacts),
            verdict="Verified: every signature, every byte and the chain." if closed else "",
            fault=fault,
            proof=self.proof if closed else None,
            signatures=4,
            key_generations=4,
        )

    def _step(self, officiant: Officiant, view: StepView) -> None:
        answer: object = None
        match view.kind:
            case "roll-call":
                officiant.instruct(Instruction(view, "Rini reads the name of each person aloud.", (("Present", "5"),)))
            case "attest":
                answer = officiant.confirm(Confirmation(view, "Sam Ode", STATEMENT))
            case "record":
                answer = officiant.record(
                    Form(
                        view,
                        "Materials",
                        "Read each number aloud and type it.",
                        (
                            Blank("bag", "Bag number", "letter and seven digits", check=_bag),
                            Blank("laptop", "Serial number of the laptop"),
                            Blank("room", "Room", default="B-204"),
                        ),
                    )
                )
            case "compare-clock":
                options = (Option("agree", "The clocks agree"), Option("differ", "They differ; stop", "STOP"))
                answer = officiant.choose(Choice(view, "Compare the clocks", "The wall clock shows UTC.", options))
                officiant.notice(AgreedClock(5))
            case "open-token":
                pin = officiant.secret(
                    SecretRequest(
                        view,
                        "Rini Wulandari",
                        "token-pin:DEMO-ROOT",
                        "The new PIN of the token DEMO-ROOT",
                        again=True,
                        warning="3 tries are left.",
                    )
                )
                self.pins.append(pin.reveal())
                pin.wipe()
                answer = "pin"
            case "generate-key":
                with officiant.progress(Progress(view, "The token makes an RSA key pair of 4096 bits.")):
                    self.token_finished.wait(20)
            case "self-sign":
                officiant.review(REVIEW)
                answer = officiant.approve(
                    ApprovalRequest(
                        view,
                        RINI.name,
                        "Sign Certificate root-r1 with key root-r1",
                        approval_statement(RINI, "certificate", "root-r1", REVIEW.digest),
                        REVIEW.digest,
                        REVIEW.digest_words,
                    )
                )
            case "issue":
                options = (
                    Option("retry", "Try again"),
                    Option("stop", "End the ceremony; the record says why", "STOP"),
                )
                answer = officiant.choose(Choice(view, FAULT.headline, "", options, fault=FAULT))
            case "export":
                answer = officiant.confirm(
                    Confirmation(view, "Rini Wulandari", "Both media were sealed.", word="SEALED", danger=True)
                )
            case _:
                officiant.instruct(Instruction(view, "Put the token into its bag.", acknowledge="In the bag"))
        self.answers.append(answer)
        self._line(officiant, view.id, f"{view.kind}-done", view.title)


def _bag(text: str) -> str | None:
    return None if len(text) == 8 and text[1:].isdigit() else "A bag number is a letter and seven digits."


def screen_text(app: CeremonyApp) -> str:
    """What is on the screen, as text."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips) + "\n"


CHARACTERS = {"space": " ", "full_stop": ".", "minus": "-", "slash": "/", "comma": ","}
"""The keys whose names are not their characters."""


class Player:
    """A person at the keys."""

    def __init__(self, app: CeremonyApp, launcher: FakeLauncher, pilot) -> None:  # type: ignore[no-untyped-def]
        self.app = app
        self.launcher = launcher
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        """Press keys, each when the screen has taken the one before."""
        for key in keys:
            self._send(key, CHARACTERS.get(key, key if len(key) == 1 else None))
            await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Type text as fast as a terminal hands it over, without waiting for the screen after each key."""
        names = {character: name for name, character in CHARACTERS.items()}
        for letter in text:
            self._send(names.get(letter, letter), letter)
        await self.pilot.pause()

    def _send(self, key: str, character: str | None) -> None:
        driver = self.app._driver
        assert driver is not None
        driver.send_message(events.Key(key, character))

    async def until(self, condition: Callable[[], bool], what: str = "") -> None:
        """Wait until something is so."""
        for _ in range(400):
            await self.pilot.pause()
            if condition():
                await self.pilot.pause()
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"never came: {what}\n{self.text}")

    async def sees(self, *texts: str) -> None:
        """Wait until the screen shows all of these."""
        await self.until(lambda: all(text in self.text for text in texts), f"{texts}")

    @property
    def text(self) -> str:
        """The screen."""
        return screen_text(self.app)

    @property
    def status(self) -> str:
        """The status line, whole."""
        assert isinstance(self.app.screen, Frame)
        return self.app.screen.query_one(Status).text

    async def page_through(self) -> None:
        """See each part of a review to its end."""
        for _ in range(60):
            if "EVERYTHING WAS SEEN" in self.status:
                return
            await self.press("space")
        raise AssertionError(f"never seen to the end\n{self.text}")

    async def begin(self) -> None:
        """From the plan into the ceremony."""
        await self.sees("F2 Begin the ceremony")
        await self.press("f2")
        await self.until(lambda: self.app.runner is not None, "the runner")

    async def answer(self, kind: str) -> None:
        """Answer the question of a step rightly."""
        await ANSWERS[kind](self)

    async def play_to(self, kind: str) -> None:
        """Begin, and answer rightly up to (not including) a step."""
        await self.begin()
        for _, each, _ in TITLES:
            if each == kind:
                return
            await self.answer(each)


async def _roll_call(player: Player) -> None:
    await player.sees("reads the name")
    await player.press("f2")


async def _attest(player: Player) -> None:
    await player.sees("types YES")
    await player.type("YES")
    await player.press("f2")


async def _record(player: Player) -> None:
    await player.sees("Bag number")
    await player.type("A1234567")
    await player.press("enter")
    await player.type("PF3XYZ")
    await player.press("f2")


async def _clock(player: Player) -> None:
    await player.sees("The clocks agree")
    await player.press("f2")


async def _pin(player: Player) -> None:
    await player.sees("The same PIN once more")
    await player.type(PIN)
    await player.press("enter")
    await player.type(PIN)
    await player.press("f2")


async def _token(player: Player) -> None:
    await player.sees("seconds so far")
    player.launcher.token_finished.set()


async def _sign(player: Player) -> None:
    await player.sees("To be signed")
    await player.page_through()
    await player.press("f2")
    await player.sees("Approval to sign")
    await player.press("tab")
    await player.type("SIGN")
    await player.press("f2")


async def _fault(player: Player) -> None:
    await player.sees("FAULT")
    await player.press("f2")


async def _export(player: Player) -> None:
    await player.sees("types SEALED")
    await player.press("tab")
    await player.type("SEALED")
    await player.press("f2")


async def _close(player: Player) -> None:
    await player.sees("In the bag")
    await player.press("f2")


ANSWERS: dict[str, Callable[[Player], Awaitable[None]]] = {
    "roll-call": _roll_call,
    "attest": _attest,
    "record": _record,
    "compare-clock": _clock,
    "open-token": _pin,
    "generate-key": _token,
    "self-sign": _sign,
    "issue": _fault,
    "export": _export,
    "close": _close,
}


@pytest.fixture
def launcher(tmp_path: Path) -> FakeLauncher:
    """A practice ceremony with one step of each kind."""
    return FakeLauncher(tmp_path)


@pytest.fixture
def scene() -> SimpleNamespace:
    """What the play is made of."""
    return SimpleNamespace(titles=TITLES, review=REVIEW, overview=OVERVIEW, step=step, perform=FakeLauncher._perform)


@pytest.fixture
def play(
    launcher: FakeLauncher, make_app: Callable[..., CeremonyApp]
) -> Callable[..., AbstractAsyncContextManager[Player]]:
    """Runs the app with a person at the keys; a ceremony that is still open at the end is interrupted."""

    @asynccontextmanager
    async def run(
        size: tuple[int, int] = (80, 24), script: str | None = "demo.yaml", only: tuple[str, ...] | None = None
    ) -> AsyncIterator[Player]:
        launcher._play = only
        app = make_app(launcher, script)
        async with app.run_test(size=size) as pilot:
            try:
                yield Player(app, launcher, pilot)
            finally:
                launcher.token_finished.set()
                app.officiant.interrupt("the test is over")
                await pilot.pause()
        app.worker.finish()

    return run


@pytest.fixture
def make_app() -> Callable[..., CeremonyApp]:
    """Builds the app over a launcher, with a clock that stands still."""

    def make(launcher: FakeLauncher, script: str | None = "demo.yaml") -> CeremonyApp:
        app = CeremonyApp(launcher, script=script, clock=lambda: NOON)
        app.key_order.commit_pause = 0.0  # a pilot reads quicker than people
        return app

    return make


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compares a screen with the stored one; CEREMONY_GOLDEN=write stores it."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / f"{name}.txt"
        if os.environ.get("CEREMONY_GOLDEN") == "write":
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"no golden screen {name}; write it with CEREMONY_GOLDEN=write"
        assert text == path.read_text(encoding="utf-8"), f"the screen {name} has changed"

    return compare
