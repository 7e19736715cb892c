"""Archives in which things happened that an auditor must read of."""

from tests.custody_rules.conftest import bare, held_rules
from tests.custody_rules.conftest import house as signers
from tests.early_end.conftest import ended
from tests.presence.conftest import held_presence
from tests.presence.conftest import house as visited

__all__ = ["bare", "ended", "held_presence", "held_rules", "signers", "visited"]
