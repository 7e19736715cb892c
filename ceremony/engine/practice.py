"""A practice room: a SoftHSM home of its own, made for one rehearsal and destroyed after it, or kept for the next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ceremony.engine.questions import SecretRequest
from ceremony.engine.secrets_source import DrawnSecrets
from ceremony.engine.stand_ins import PRACTICE_PIN, StandInPast
from ceremony.engine.tokens import PracticeTokens
from ceremony.errors import CeremonyError
from ceremony.room.practice_folder import TOKENS, practice_folder
from ceremony.script.interrupted import Interruption
from ceremony.script.models import BackupKey, OpenToken
from ceremony.script.other_tokens import other_token
from ceremony.script.plan import Plan
from ceremony.script.practice_label import practice_label
from ceremony.secret import Secret
from ceremony.token.module import Module
from ceremony.token.softhsm import SoftHsmHome
from ceremony.token.stand_in import require_practice
from ceremony.transcript.chain import read_chain
from ceremony.transcript.state import fold


@contextmanager
def practice_tokens(
    plan: Plan, stand_ins: StandInPast | None = None, kept: Path | None = None, *, resumes: Interruption | None = None
) -> Iterator[PracticeTokens]:
    """Tokens for one rehearsal. Call it in the thread that will perform: it owns the module.

    `stand_ins` are put into tokens of their own first. `kept` is a folder whose tokens outlive the rehearsal, so that
    the next one goes on from them; it is made where it is not there. `resumes` is the very rehearsal that goes on with
    them after an interruption. Raises CeremonyError (STAND-IN) for a folder that
    holds other tokens than those of practice, (TOKENS-KEPT) where the script would make one that it holds already.
    """
    if kept is not None:
        home = SoftHsmHome.reopen(kept)
        home.activate()
        module = Module.load("softhsm")
        if resumes is None:
            _require_room(plan, module, kept)
        _discard_half_made(plan, module, home, resumes)
        yield PracticeTokens(plan, module)
        return
    with practice_folder() as folder:
        home = SoftHsmHome.create(folder / TOKENS)
        try:
            home.activate()
            module = Module.load("softhsm")
            pins = {}
            if stand_ins is not None:
                stand_ins.put_into(module)
                pins = dict.fromkeys(stand_ins.labels, PRACTICE_PIN)
            yield PracticeTokens(plan, module, pins)
        finally:
            home.remove()


def _require_room(plan: Plan, module: Module, kept: Path) -> None:
    """A folder of practice tokens, none of which the script makes anew: that would take a key from those who go on."""
    shown = module.tokens()
    for token in shown:
        require_practice(token)
    made = [plan.token_label for item in plan.steps if isinstance(item.step, OpenToken) and item.step.initialise]
    made += [
        other_token(plan, item.step.token).label
        for item in plan.steps
        if isinstance(item.step, BackupKey) and item.step.initialise
    ]
    there = [token.label for token in shown if token.initialised and token.label in made]
    if there:
        raise CeremonyError(
            "A token that the script makes is there already.",
            where=str(kept),
            detail=f"The folder holds {', '.join(there)}, and the script initialises it.",
            not_done="The rehearsal was not begun.",
            next_step="To begin again, name a new folder with --tokens and a new archive; or rehearse a later script.",
            code="TOKENS-KEPT",
        )


def _discard_half_made(plan: Plan, module: Module, home: SoftHsmHome, resumes: Interruption | None) -> None:
    """People's own tokens whose making was cut short are made anew: nobody has the security officer PIN that could
    finish them, and nothing was ever done with them."""
    cut_short = fold(read_chain(resumes.folder.record).entries).tokens_begun if resumes is not None else ()
    own = {practice_label(person) for person in plan.people}
    for token in module.tokens():
        if token.initialised and token.label in own and (not token.user_pin_set or token.label in cut_short):
            require_practice(token)
            home.discard(token.serial)


class ShownSecrets(DrawnSecrets):
    """PINs of practice tokens that are kept: the shown one, so that the next rehearsal without people knows it too."""

    def __call__(self, request: SecretRequest) -> Secret:
        """The PIN of this name, the same in every rehearsal."""
        if request.name not in self._held:
            so_pin = "-so-pin:" in request.name
            self._held[request.name] = Secret(f"so-{PRACTICE_PIN}" if so_pin else PRACTICE_PIN)
        return super().__call__(request)
