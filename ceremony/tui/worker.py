"""The one thread that plans and performs: it owns the token, and the app never blocks on it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

Job = Callable[[], None]


class Worker:
    """Runs jobs one after another on one thread. A job handles its own faults."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def submit(self, job: Job) -> None:
        """Run a job after those before it."""
        if self._thread is None:
            # a daemon: a plan that is still computed must not hold up leaving; a ceremony is waited for with `finish`
            self._thread = threading.Thread(target=self._run, name="ceremony", daemon=True)
            self._thread.start()
        self._jobs.put(job)

    def finish(self) -> None:
        """Wait until every job has ended."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
