"""`production.py FOLDER POINT [MODULE [ANSWERS [OVERRIDES]]]`: a production ceremony on SoftHSM, begun or gone on with,
killed at a named point; reached by another module, with other answers, where variables could redirect the module.

It runs as a program of its own, so that it can be killed, and no test shares a PKCS#11 module with it.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent), str(Path(__file__).parents[2] / "scripts")]

from killed import Named  # noqa: E402 - the path leads there only now

from ceremony.engine.answers import load_answers  # noqa: E402 - as above, and below
from ceremony.engine.host import Host  # noqa: E402
from ceremony.engine.performance import perform  # noqa: E402
from ceremony.engine.tokens import ProductionTokens  # noqa: E402
from ceremony.engine.unattended import UnattendedOfficiant  # noqa: E402
from ceremony.room.clock import Clock  # noqa: E402
from ceremony.script.compile import compile_plan  # noqa: E402
from ceremony.script.interrupted import clear_unopened, interruption_of  # noqa: E402
from ceremony.script.load import load_script  # noqa: E402
from ceremony.script.past import past_of_archive  # noqa: E402
from ceremony.token.softhsm import SoftHsmHome  # noqa: E402
from tests.house.held import give_credential, given, secrets_of  # noqa: E402

SMALL_CA = Path(__file__).parents[1] / "verify" / "small-ca"


def main(folder: Path, point: str, module: str = "", answers: str = "", overrides: str = "") -> int:
    """Perform the small ceremony, or go on with it. 0 where it was closed."""
    home = SoftHsmHome.reopen(folder / "softhsm")
    home.activate()
    script, archive = folder / "ca" / "ceremonies" / "small.yaml", folder / "archive"
    if not script.exists():
        shutil.copytree(SMALL_CA, folder / "ca")
        give_credential(folder / "ca" / "people.yaml", script)
    clear_unopened(archive)
    found = interruption_of(archive)
    past = found.past if found is not None else past_of_archive(archive, "production")
    clock = Clock()
    plan = compile_plan(load_script(script, past=past), "production", clock.utc())
    if point:
        Named(point).install()
    secrets = given(secrets_of("SMALL"))
    with UnattendedOfficiant(
        load_answers(Path(answers or SMALL_CA / "answers.yaml")), secrets, clock=clock
    ) as officiant:
        outcome = perform(
            plan,
            officiant,
            archive=archive,
            clock=clock,
            tokens=ProductionTokens(plan, module or None),
            host=Host(tuple(overrides.split())),
            export_to=folder / "stick",
            resumes=found,
        )
    return 0 if outcome.closed else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
