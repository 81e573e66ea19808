"""The App itself: installations, tokens, its webhook's delivery log. https://docs.github.com/en/rest/apps"""

from __future__ import annotations

from urllib.parse import quote

from sandbox.auth import InstallationCaller, PersonCaller, allowed, mint
from sandbox.clock import stamp
from sandbox.data import Json, JsonObject
from sandbox.errors import ApiError, not_found
from sandbox.input import Input
from sandbox.permissions import R
from sandbox.rest.call import Call, Handler, Reply
from sandbox.shapes.accounts import installation, integration, profile
from sandbox.shapes.repositories import repository, rights
from sandbox.state import Installation, Repository
from sandbox.webhooks import Delivery


async def get_app(call: Call) -> Reply:
    """The App of the JWT."""
    app = call.asking_app
    count = sum(found.app is app for found in call.world.state.installations.values())
    return Reply(integration(call.urls, app, installations=count))


async def list_installations(call: Call) -> Reply:
    """Where the App is installed."""
    mine = [found for found in call.world.state.installations.values() if found.app is call.app]
    page = call.page(mine)
    return Reply([installation(call.urls, found) for found in page.items], headers=page.headers)


def _mine(call: Call) -> Installation:
    found = call.world.state.installations.get(call.number("installation_id"))
    if found is None or found.app is not call.app:
        raise not_found()
    return found


async def get_installation(call: Call) -> Reply:
    """One installation of the App."""
    return Reply(installation(call.urls, _mine(call)))


async def get_repository_installation(call: Call) -> Reply:
    """The App's installation on a repository."""
    state = call.world.state
    found = state.repository(call.params["owner"], call.params["repo"])
    installed = None if found is None else state.installation_for(call.asking_app.id, found.id)
    if installed is None:
        raise not_found()
    return Reply(installation(call.urls, installed))


def _narrowed_repositories(call: Call, found: Installation, wanted: Input) -> frozenset[int]:
    ids = set(wanted.integers("repository_ids"))
    names = set(wanted.texts("repositories"))
    if not wanted.has("repository_ids") and not wanted.has("repositories"):
        return frozenset(found.repository_ids)
    if len(ids) > 500 or len(names) > 500:
        raise ApiError(422, "You can only specify up to 500 repositories.")
    known = {call.world.state.repositories[known].name: known for known in found.repository_ids}
    if not ids <= found.repository_ids or not names <= known.keys():
        raise ApiError(
            422,
            "There is at least one repository that does not exist or is not accessible to the parent installation.",
        )
    return frozenset(ids | {known[name] for name in names})


def _narrowed_permissions(found: Installation, wanted: Input) -> dict[str, str]:
    asked = wanted.child("permissions")
    if asked is None:
        return dict(found.permissions)
    narrowed = {name: asked.choice(name, ("read", "write", "admin")) for name in asked.names()}
    if not all(allowed(found.permissions, name, level) for name, level in narrowed.items()):
        raise ApiError(422, "The permissions requested are not granted to this installation.")
    return {"metadata": "read"} | narrowed


async def create_token(call: Call) -> Reply:
    """An installation token for an hour, narrowed as asked, never widened."""
    found, wanted = _mine(call), call.input()
    if found.suspended_at is not None:
        raise ApiError(403, "This installation has been suspended")
    repositories = _narrowed_repositories(call, found, wanted)
    token = mint(call.world.state, call.world.clock, found, repositories, _narrowed_permissions(found, wanted))
    selected = wanted.has("repository_ids") or wanted.has("repositories")
    known = call.world.state.repositories
    listed: list[Json] = [repository(call.urls, known[one]) for one in sorted(repositories)]
    extra: JsonObject = {"repositories": listed} if selected else {}
    return Reply(
        {
            "token": token.value,
            "expires_at": stamp(token.expires_at or call.world.clock()),
            "permissions": dict(token.permissions),
            "repository_selection": "selected",
            **extra,
        },
        201,
    )


async def list_repositories(call: Call) -> Reply:
    """The repositories of an installation token."""
    ids = call.caller.token.repository_ids if isinstance(call.caller, InstallationCaller) else frozenset()
    page = call.page([call.world.state.repositories[one] for one in sorted(ids)])
    shown: list[Json] = [repository(call.urls, found) for found in page.items]
    body: JsonObject = {"total_count": page.total, "repository_selection": "selected", "repositories": shown}
    return Reply(body, headers=page.headers)


def _delivery_item(found: Delivery) -> JsonObject:
    return {
        "id": found.id,
        "guid": found.guid,
        "delivered_at": stamp(found.delivered_at),
        "redelivery": found.redelivery,
        "duration": found.duration,
        "status": found.status,
        "status_code": found.status_code,
        "event": found.event,
        "action": found.action,
        "installation_id": found.installation_id,
        "repository_id": found.repository_id,
        "throttled_at": None,
    }


def _deliveries(call: Call) -> list[Delivery]:
    mine = [found for found in call.world.hooks.deliveries if found.app is call.app and found.status != "pending"]
    return sorted(mine, key=lambda found: found.id, reverse=True)


async def list_deliveries(call: Call) -> Reply:
    """The delivery log, newest first, by cursor."""
    size = min(int(call.query.get("per_page", "30")), 100) if call.query.get("per_page", "30").isdigit() else 30
    cursor = call.query.get("cursor", "")
    if cursor and not cursor.isdigit():
        raise ApiError(400, "Invalid cursor")
    status = call.query.get("status")
    older = [found for found in _deliveries(call) if not cursor or found.id < int(cursor)]
    if status in {"success", "failure"}:
        older = [found for found in older if (found.status == "OK") == (status == "success")]
    shown = older[:size]
    headers: dict[str, str] = {}
    if len(older) > size:
        base = call.url.partition("?")[0]
        headers["link"] = f'<{base}?per_page={size}&cursor={quote(str(shown[-1].id))}>; rel="next"'
    return Reply([_delivery_item(found) for found in shown], headers=headers)


def _delivery(call: Call) -> Delivery:
    wanted = call.number("delivery_id")
    for found in _deliveries(call):
        if found.id == wanted:
            return found
    raise not_found()


async def get_delivery(call: Call) -> Reply:
    """One delivery with what was sent and what came back."""
    found = _delivery(call)
    return Reply(
        {
            **_delivery_item(found),
            "url": found.app.webhook_url,
            "request": {"headers": dict(found.request_headers), "payload": found.payload},
            "response": {"headers": dict(found.response_headers), "payload": found.response_body},
        }
    )


async def redeliver(call: Call) -> Reply:
    """Send a delivery again under the same GUID."""
    call.world.hooks.redeliver(_delivery(call))
    return Reply({}, 202)


async def get_authenticated_user(call: Call) -> Reply:
    """The person of the token."""
    owned = [found for found in call.world.state.repositories.values() if found.owner is call.user]
    return Reply(profile(call.urls, call.user, public_repos=len(owned), private=True))


async def get_user(call: Call) -> Reply:
    """Any account."""
    found = call.world.state.user(call.params["username"])
    if found is None:
        raise not_found()
    own = isinstance(call.caller, PersonCaller) and call.caller.user is found
    owned = [one for one in call.world.state.repositories.values() if one.owner is found and not one.private]
    return Reply(profile(call.urls, found, public_repos=len(owned), private=own))


def _person(call: Call) -> PersonCaller:
    """The person that the router has let through."""
    if not isinstance(call.caller, PersonCaller):
        raise not_found()
    return call.caller


def _reached(call: Call, found: Installation) -> list[Repository]:
    """What of an installation the person may read."""
    login, known = call.user.login, call.world.state.repositories
    return [known[one] for one in sorted(found.repository_ids) if known[one].explicit_role(login) != "none"]


async def list_user_installations(call: Call) -> Reply:
    """Where the token's App is installed on something that the person was given a role in."""
    found = [one for one in _person(call).installations if _reached(call, one)]
    page = call.page(found)
    shown: list[Json] = [installation(call.urls, one) for one in page.items]
    return Reply({"total_count": page.total, "installations": shown}, headers=page.headers)


async def list_user_repositories(call: Call) -> Reply:
    """The repositories of one installation that the person was given a role in."""
    wanted = call.number("installation_id")
    found = next((one for one in _person(call).installations if one.id == wanted), None)
    if found is None or not _reached(call, found):
        raise not_found()
    page = call.page(_reached(call, found))
    shown: list[Json] = [{**repository(call.urls, one), "permissions": rights(one, call.user)} for one in page.items]
    body: JsonObject = {"total_count": page.total, "repository_selection": "selected", "repositories": shown}
    return Reply(body, headers=page.headers)


HANDLERS: dict[str, Handler] = {
    "GET /app": get_app,
    "GET /app/installations": list_installations,
    "GET /app/installations/{installation_id}": get_installation,
    "POST /app/installations/{installation_id}/access_tokens": create_token,
    "GET /app/hook/deliveries": list_deliveries,
    "GET /app/hook/deliveries/{delivery_id}": get_delivery,
    "POST /app/hook/deliveries/{delivery_id}/attempts": redeliver,
    "GET " + R + "/installation": get_repository_installation,
    "GET /installation/repositories": list_repositories,
    "GET /user": get_authenticated_user,
    "GET /user/installations": list_user_installations,
    "GET /user/installations/{installation_id}/repositories": list_user_repositories,
    "GET /users/{username}": get_user,
}
