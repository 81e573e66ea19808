"""A recorded trace: the webhooks of a real history, and the GitHub that they left behind."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.data import JsonObject
from sandbox.git import Git, GitError
from sandbox.recorder import Recorder
from sandbox.state import CheckRun, CheckSuite, Comment, Issue, Reaction, Repository
from sandbox.webhooks import Delivery
from storage.deliveries import Incoming
from tests.handlers.house import House


@dataclass(frozen=True, slots=True)
class Event:
    """One recorded webhook. `after` are the places of those whose work it is a consequence of (see `recorded`)."""

    guid: str
    event: str
    body: bytes = field(repr=False)
    words: str
    after: frozenset[int] = frozenset()

    @property
    def incoming(self) -> Incoming:
        """As the receiver takes it."""
        return Incoming(self.guid, self.event, self.body)


class StillGit(Git):
    """Git of a recorded repository: nothing is pushed any more, so that each question is asked once."""

    def __init__(self, path: Path, answers: dict[tuple[Path, tuple[str, ...], bytes | None], bytes | GitError]) -> None:
        super().__init__(path)
        self._answers = answers

    async def run(self, *arguments: str, stdin: bytes | None = None, extra: Mapping[str, str] | None = None) -> bytes:
        """Git's answer, or the one it gave before. Raises AssertionError where an order would make a commit."""
        if extra is not None or arguments[0] == "update-ref":
            raise AssertionError(f"this order writes to git: {arguments}")
        key = (self.path, arguments, stdin)
        if key not in self._answers:
            try:
                self._answers[key] = await super().run(*arguments, stdin=stdin)
            except GitError as error:
                self._answers[key] = error
        answer = self._answers[key]
        if isinstance(answer, GitError):
            raise answer
        return answer


async def stand_still(home: House) -> "Snapshot":
    """End the recording: GitHub tells nobody any more, and is as people left it."""
    world = home.sandbox.world
    await home.sandbox.set_webhook(home.app, None)
    answers: dict[tuple[Path, tuple[str, ...], bytes | None], bytes | GitError] = {}
    world.open_git = lambda path: StillGit(path, answers)
    # What is said again and again was held against GitHub's document the first time.
    world.recorder = Recorder(None)
    world.limits.limit = 10**9
    return Snapshot.of(home)


@dataclass(slots=True)
class _Kept:
    """What of a repository is the App's doing, or could become so."""

    checks: dict[int, CheckRun]
    suites: dict[int, CheckSuite]
    comments: dict[int, Comment]
    reactions: dict[int, dict[int, Reaction]]
    issues: dict[int, Issue]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """GitHub at the end of a recording, with what the App wrote taken out again."""

    kept: Mapping[int, _Kept] = field(default_factory=dict)

    @classmethod
    def of(cls, home: House) -> "Snapshot":
        """Take the App's check runs, comments and reactions out, and remember the rest."""
        app_id, bot = home.app.app_id, f"{home.app.slug}[bot]"
        return cls({one.id: _kept(one, app_id, bot) for one in home.sandbox.world.state.repositories.values()})

    def restore(self, home: House) -> None:
        """Make it so again: the App has written nothing."""
        for repository_id, kept in self.kept.items():
            found = home.sandbox.world.state.repositories[repository_id]
            found.checks, found.suites = dict(kept.checks), dict(kept.suites)
            found.comments, found.issues = dict(kept.comments), dict(kept.issues)
            for comment in found.comments.values():
                comment.reactions = dict(kept.reactions[comment.id])


def _kept(found: Repository, app_id: int, bot: str) -> _Kept:
    people = {key: one for key, one in found.comments.items() if one.app is None or one.app.id != app_id}
    return _Kept(
        {key: one for key, one in found.checks.items() if one.suite.app.id != app_id},
        {key: one for key, one in found.suites.items() if one.app.id != app_id},
        people,
        {
            key: {number: reaction for number, reaction in one.reactions.items() if reaction.user.login != bot}
            for key, one in people.items()
        },
        {number: one for number, one in found.issues.items() if one.user.login != bot},
    )


def recorded(home: House, consequences: Sequence[tuple[str, str]] = ()) -> tuple[Event, ...]:
    """The webhooks that the sandbox sent, in their natural order, without those that repeat themselves.

    `consequences` are words of effect and cause: the effect could not be before the App had handled the cause.
    A job's own check runs are left out but for the first: each is handled as that one is.
    """
    found: list[Event] = []
    seen_checks: set[tuple[str | None, str]] = set()
    for delivery in home.sandbox.deliveries():
        if delivery.event == "check_run":
            kind = (delivery.action, _app(delivery.payload))
            if kind in seen_checks:
                continue
            seen_checks.add(kind)
        found.append(_event(delivery))
    return tuple(_with_causes(one, found, consequences) for one in found)


def _with_causes(event: Event, found: Sequence[Event], consequences: Sequence[tuple[str, str]]) -> Event:
    causes = [cause for effect, cause in consequences if effect in event.words]
    places = [
        next(place for place, one in enumerate(found) if set(cause.split()) <= set(one.words.split()))
        for cause in causes
    ]
    return Event(event.guid, event.event, event.body, event.words, frozenset(places))


def _event(delivery: Delivery) -> Event:
    body = json.dumps(delivery.payload, separators=(",", ":")).encode()
    return Event(delivery.guid, delivery.event, body, _words(delivery))


def _app(payload: JsonObject) -> str:
    check = payload["check_run"]
    app = check["app"] if isinstance(check, dict) else None
    return str(app["slug"]) if isinstance(app, dict) else ""


def _words(delivery: Delivery) -> str:
    """What a person needs to know of an event to follow an order."""
    words = [delivery.event, delivery.action or ""]
    for name, fields in _TOLD.items():
        inner = delivery.payload.get(name)
        if isinstance(inner, dict):
            words += [str(inner[one])[:40] for one in fields if inner.get(one) is not None]
    words.append(str(delivery.payload.get("after", "")))
    return " ".join(" ".join(words).split())


_TOLD = {
    "workflow_run": ("name", "id", "run_attempt", "head_branch", "head_sha", "conclusion"),
    "pull_request": ("number", "state"),
    "comment": ("body",),
    "check_run": ("name", "external_id"),
    "requested_action": ("identifier",),
}
