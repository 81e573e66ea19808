"""Joins the sandbox to the runner that executes workflows as local processes (``workflow.py``, ``runner.py``)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sandbox.running import BrokenWorkflow, JobUpdate, ParsedWorkflow, RunOrder, RunOutcome


class RealRunner:
    """Reads nothing yet: until the runner is joined, no workflow is triggered."""

    def parse(self, path: str, text: str) -> ParsedWorkflow | BrokenWorkflow:
        """Refuse every file."""
        return BrokenWorkflow(f"{path}: no runner ({len(text)} characters)", 1, 1)

    async def run(
        self, workflow: ParsedWorkflow, order: RunOrder, on_update: Callable[[JobUpdate], Awaitable[None]]
    ) -> RunOutcome:
        """Never reached."""
        raise NotImplementedError
