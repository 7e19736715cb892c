"""What lies on the ceremony's token and no record explains: looked for before each act there, not only when asked."""

from __future__ import annotations

from collections import Counter

from ceremony.errors import CeremonyError
from ceremony.script.world import World
from ceremony.token.session import Session
from ceremony.transcript.state import CeremonyState

KEYS = ("private-key", "public-key", "secret-key")
"""Only of keys the program knows each that there is; what else a maker's token shows, the inventory step asks about."""


def refuse_strangers(session: Session, world: World, state: CeremonyState) -> None:
    """Raises CeremonyError (TOKEN-STRANGER) where the token holds a key that no line announced, or one identifier
    (CKA_ID) twice. A key that is missing is found where it is used."""
    label = session.token.label
    known = {key.key_id for key in world.keys.values() if not (key.destroyed and key.token_label == label)}
    known |= {key_id for key_id in state.intended_keys if key_id not in state.keys_settled}
    keys = [item for item in session.inventory() if item.object_class in KEYS]
    count = Counter((item.object_class, item.key_id) for item in keys)
    strangers = [
        f"{item.object_class} {item.label} (id {item.key_id.hex()[:32] or 'none'})"
        for item in keys
        if item.key_id.hex() not in known or count[item.object_class, item.key_id] > 1
    ]
    if strangers:
        raise CeremonyError(
            "A key is on the token that no record explains.",
            detail=f"{session.token}: {', '.join(strangers)}.",
            not_done="Nothing more was asked of the token in this step.",
            next_step="Find out who put it there; end the ceremony in good order if nobody knows.",
            code="TOKEN-STRANGER",
        )
