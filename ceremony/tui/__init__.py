"""The full-screen app: the one folder that knows Textual.

Textual reads its settings from the environment while it is imported, so they are made right here, before anything
else of this package runs. Everything that a stray variable could switch on (a log of every key, a developer console,
scripted key presses, screenshots) is taken away: people type PINs into this program.
"""

from __future__ import annotations

import os

for _name in [name for name in os.environ if name == "TEXTUAL" or name.startswith("TEXTUAL_")]:
    del os.environ[_name]
os.environ["TEXTUAL_ANIMATIONS"] = "none"
os.environ["TEXTUAL_DISABLE_KITTY_KEY"] = "1"
os.environ["TEXTUAL_SMOOTH_SCROLL"] = "0"
