"""Who is in a team. https://docs.github.com/en/rest/teams/members"""

from __future__ import annotations

from sandbox.errors import not_found
from sandbox.rest.call import Call, Handler, Reply


async def get_membership(call: Call) -> Reply:
    """A person's membership; 404 where there is no such organisation, team or member."""
    organization = call.world.state.user(call.params["org"])
    if organization is None or organization.type != "Organization" or call.account is not organization:
        raise not_found()
    team = call.world.state.teams.get((organization.login.lower(), call.params["team_slug"]))
    state = None if team is None else team.members.get(call.params["username"].lower())
    if team is None or state is None:
        raise not_found()
    url = f"{call.urls.base}/organizations/{organization.id}/team/{team.id}/memberships/{call.params['username']}"
    return Reply({"url": url, "role": "member", "state": state})


HANDLERS: dict[str, Handler] = {"GET /orgs/{org}/teams/{team_slug}/memberships/{username}": get_membership}
