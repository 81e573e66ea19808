"""The ways in which a person decides, each as it truly comes: a webhook of GitHub's, or a request to our server.

Each gives what the person is told at once: nothing in a comment or by a button, else the status of our answer.
"""

from collections.abc import Awaitable, Callable, Mapping

import httpx

from sandbox import checks
from tests.handlers.matrix.places import Place, Stage

Act = Callable[[Stage, Place, str, str], Awaitable[int | None]]
"""Decide (`approve` or `reject`) on a place's fix as a role."""


async def comment(stage: Stage, place: Place, role: str, verb: str) -> None:
    """Say it in the conversation."""
    home = stage.home
    await home.sandbox.comment(home.repository, place.number, stage.login(role), f"/{verb} F{place.fix_id}")


async def edited_comment(stage: Stage, place: Place, role: str, verb: str) -> None:
    """Say something else, and put it right afterwards."""
    home, login = stage.home, stage.login(role)
    said = await home.sandbox.comment(home.repository, place.number, login, "Let me think.")
    await home.sandbox.edit_comment(home.repository, said, login, f"/{verb} F{place.fix_id}")


async def button(stage: Stage, place: Place, role: str, verb: str) -> None:
    """Click, on a page that may be old: the click is sent whether or not the button is still shown."""
    world = stage.home.sandbox.world
    repository = stage.home.sandbox.find(stage.home.repository)
    sender = world.state.user(stage.login(role))
    assert sender is not None
    checks.announce(world, repository, place.check, "requested_action", sender, f"{verb}_F{place.fix_id}")


async def api(stage: Stage, place: Place, role: str, verb: str) -> int:
    """Ask the JSON API, by a token that acts as the person."""
    headers = {"Authorization": f"Bearer {await stage.token(role)}"}
    path = f"{stage.home.api}/fixes/F{place.fix_id}/{verb}"
    async with httpx.AsyncClient(trust_env=False, headers=headers) as client:
        return (await client.post(path)).status_code


async def dashboard(stage: Stage, place: Place, role: str, verb: str) -> int:
    """Send the form of the fix's page; GitHub signs no bot in, so theirs comes from nobody."""
    browser = await stage.browser(role)
    _, _, begun = (await browser.get("/")).text.partition('name="csrf" value="')
    form = {"csrf": begun.partition('"')[0], "decision": verb, "comment": ""}
    return (await browser.post(f"/f/F{place.fix_id}/decide", data=form)).status_code


CHANNELS: Mapping[str, Act] = {
    "comment": comment,
    "edited comment": edited_comment,
    "button": button,
    "api": api,
    "dashboard": dashboard,
}
