"""Accounts, Apps and installations. https://docs.github.com/en/rest/apps/apps"""

from __future__ import annotations

from sandbox.clock import maybe_stamp, stamp
from sandbox.data import JsonObject
from sandbox.state import App, Installation, User
from sandbox.urls import Urls, node_id


def simple_user(urls: Urls, user: User) -> JsonObject:
    """GitHub's ``simple-user``."""
    api = urls.user(user)
    return {
        "login": user.login,
        "id": user.id,
        "node_id": node_id("User", user.id),
        "avatar_url": f"{urls.base}/avatars/u/{user.id}?v=4",
        "gravatar_id": "",
        "url": api,
        "html_url": urls.profile(user),
        "followers_url": f"{api}/followers",
        "following_url": f"{api}/following{{/other_user}}",
        "gists_url": f"{api}/gists{{/gist_id}}",
        "starred_url": f"{api}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{api}/subscriptions",
        "organizations_url": f"{api}/orgs",
        "repos_url": f"{api}/repos",
        "events_url": f"{api}/events{{/privacy}}",
        "received_events_url": f"{api}/received_events",
        "type": user.type,
        "site_admin": False,
    }


def profile(urls: Urls, user: User, *, public_repos: int, private: bool) -> JsonObject:
    """GitHub's ``public-user``, or ``private-user`` for the person asking."""
    shown: JsonObject = {
        **simple_user(urls, user),
        "name": user.login,
        "company": None,
        "blog": "",
        "location": None,
        "email": None,
        "hireable": None,
        "bio": None,
        "public_repos": public_repos,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": stamp(user.created_at),
        "updated_at": stamp(user.created_at),
    }
    if not private:
        return shown
    return {
        **shown,
        "private_gists": 0,
        "total_private_repos": 0,
        "owned_private_repos": 0,
        "disk_usage": 0,
        "collaborators": 0,
        "two_factor_authentication": True,
    }


def integration(urls: Urls, app: App, *, installations: int | None = None) -> JsonObject:
    """GitHub's ``integration``: an App as others see it, or as itself with its count of installations."""
    shown: JsonObject = {
        "id": app.id,
        "slug": app.slug,
        "node_id": node_id("Integration", app.id),
        "client_id": app.client_id,
        "owner": simple_user(urls, app.owner),
        "name": app.name,
        "description": "",
        "external_url": urls.base,
        "html_url": f"{urls.base}/apps/{app.slug}",
        "created_at": stamp(app.created_at),
        "updated_at": stamp(app.created_at),
        "permissions": dict(app.permissions),
        "events": list(app.events),
    }
    return shown if installations is None else {**shown, "installations_count": installations}


def installation(urls: Urls, installed: Installation) -> JsonObject:
    """GitHub's ``installation``."""
    api = f"{urls.base}/app/installations/{installed.id}"
    return {
        "id": installed.id,
        "client_id": installed.app.client_id,
        "account": simple_user(urls, installed.account),
        "repository_selection": "selected",
        "access_tokens_url": f"{api}/access_tokens",
        "repositories_url": f"{urls.base}/installation/repositories",
        "html_url": f"{urls.base}/settings/installations/{installed.id}",
        "app_id": installed.app.id,
        "app_slug": installed.app.slug,
        "target_id": installed.account.id,
        "target_type": installed.account.type,
        "permissions": dict(installed.permissions),
        "events": list(installed.events),
        "created_at": stamp(installed.created_at),
        "updated_at": stamp(installed.updated_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": None if installed.suspended_at is None else simple_user(urls, installed.account),
        "suspended_at": maybe_stamp(installed.suspended_at),
    }
