"""`ci-fixer demo`: one failing run, from the push to the verified fix, on this machine: no account, key or network."""

import argparse
import asyncio
import json
from dataclasses import asdict

from rich.console import Console

from cli.errors import CommandFailed
from cli.process import stopping
from demo import project
from demo.show import print_outcome, progress
from demo.stage import DemoFailed, Stage, stage
from demo.story import Outcome, Story
from storage.errors import StorageError


def add_parsers(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "demo",
        help="see one failing run through, on this machine",
        description="Start a PostgreSQL, a local stand-in for GitHub and the App; push a change whose CI truly fails; "
        "see the diagnosis, the approval, the commit and CI's verdict on it. Exit code 0: the fix was verified.",
        epilog="examples: ci-fixer demo   ·   ci-fixer demo --stay   ·   ci-fixer demo --once --json",
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--once", action="store_true", help="end when the story has ended (the default)")
    how.add_argument("--stay", action="store_true", help="leave everything running afterwards, until Ctrl-C")
    parser.add_argument("--json", action="store_true", help="print one JSON object of what happened")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Play the demo. Raises CommandFailed where it cannot go on."""
    console = Console(stderr=arguments.json)
    try:
        outcome = asyncio.run(_until_stopped(console, stay=arguments.stay, as_json=arguments.json))
    except (DemoFailed, StorageError, OSError) as error:
        raise CommandFailed(str(error)) from error
    if outcome is None:
        console.print("stopped before the end")
    return 0 if outcome is not None and outcome.verified else 1


async def _until_stopped(console: Console, *, stay: bool, as_json: bool) -> Outcome | None:
    """Play until the story has ended, with `stay` until Ctrl-C; what runs is taken down in either case."""
    told: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    async with stopping() as stop:
        playing = asyncio.create_task(_play(console, told, stay=stay, as_json=as_json), name="demo")
        stopped = asyncio.create_task(stop.wait(), name="stop")
        await asyncio.wait({playing, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if playing.done():
            playing.result()
        playing.cancel()
        await asyncio.gather(playing, stopped, return_exceptions=True)
    return told.result() if told.done() else None


async def _play(console: Console, told: "asyncio.Future[Outcome]", *, stay: bool, as_json: bool) -> None:
    with progress(console) as shown:
        shown.doing("starting PostgreSQL, the sandbox and the App")
        async with stage() as running:
            shown.done(f"GitHub's stand-in is at {running.url}, the App at {running.app_url}")
            outcome = await Story(running, shown.doing, shown.done).play()
            shown.rest()
            if as_json:
                print(json.dumps(as_object(outcome), indent=1), flush=True)
            else:
                print_outcome(outcome, console)
            told.set_result(outcome)
            if stay:
                _print_addresses(running, outcome, console)
                await asyncio.Event().wait()


def as_object(outcome: Outcome) -> dict[str, object]:
    """What happened, for programs."""
    run = outcome.check_run
    return {
        "schema": 1,
        "verified": outcome.verified,
        "seconds": round(outcome.seconds, 2),
        "repository": outcome.repository,
        "pull_request": outcome.pull_request,
        "head_sha": outcome.head_sha,
        "failed_jobs": list(outcome.failed_jobs),
        "fix": {"commit_sha": outcome.fix_sha, "diff": outcome.fix_diff},
        "check_run": {
            "title": run.title,
            "conclusion": run.conclusion,
            "summary": run.summary,
            "annotations": [
                {"path": one.path, "line": one.start_line, "level": one.level, "message": one.message}
                for one in run.annotations
            ],
        },
        "comment": outcome.comment,
        "moments": [asdict(moment) for moment in outcome.moments],
    }


def _print_addresses(running: Stage, outcome: Outcome, console: Console) -> None:
    token = running.sandbox.user_token(project.MAINTAINER)
    comments = f"{running.url}/repos/{outcome.repository}/issues/{outcome.pull_request}/comments"
    lines = (
        f"pull request  {running.url}/{outcome.repository}/pull/{outcome.pull_request}",
        f"GitHub's API  {running.url}",
        f"the App       {running.app_url}/health",
        f"its pages, to sign in as {project.MAINTAINER}  {running.app_url}/",
        f"database      {running.database_url}",
        f"say something curl -H 'Authorization: Bearer {token}' {comments} -d '{{\"body\": \"/fixer help\"}}'",
        "Everything runs until Ctrl-C.",
    )
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False, markup=False)
