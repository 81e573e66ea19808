"""Commits, trees, blobs, refs, diffs. https://docs.github.com/en/rest/commits, https://docs.github.com/en/rest/git"""

from __future__ import annotations

import base64
from urllib.parse import quote

from sandbox.clock import stamp
from sandbox.data import JsonObject
from sandbox.git import CommitObject, Signature, TreeItem
from sandbox.git_diff import FileChange
from sandbox.shapes.accounts import simple_user
from sandbox.state import Repository, State, User
from sandbox.urls import Urls, node_id


def signature(who: Signature) -> JsonObject:
    """GitHub's ``git-user``."""
    return {"name": who.name, "email": who.email, "date": stamp(who.date)}


def verification(repository: Repository, sha: str) -> JsonObject:
    """Whether GitHub itself signed the commit; only commits made through its API for a bot are."""
    if sha not in repository.verified:
        return {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}
    text = "-----BEGIN PGP SIGNATURE-----\nsandbox\n-----END PGP SIGNATURE-----"
    return {"verified": True, "reason": "valid", "signature": text, "payload": "", "verified_at": None}


def git_commit(urls: Urls, repository: Repository, commit: CommitObject) -> JsonObject:
    """GitHub's ``git-commit``."""
    return {
        "sha": commit.sha,
        "node_id": node_id("Commit", repository.id) + commit.sha,
        "url": urls.repo(repository, f"/git/commits/{commit.sha}"),
        "html_url": urls.html(repository, f"/commit/{commit.sha}"),
        "author": signature(commit.author),
        "committer": signature(commit.committer),
        "tree": {"sha": commit.tree, "url": urls.repo(repository, f"/git/trees/{commit.tree}")},
        "message": commit.message,
        "parents": [
            {
                "sha": parent,
                "url": urls.repo(repository, f"/git/commits/{parent}"),
                "html_url": urls.html(repository, f"/commit/{parent}"),
            }
            for parent in commit.parents
        ],
        "verification": verification(repository, commit.sha),
    }


def commit(urls: Urls, state: State, repository: Repository, found: CommitObject) -> JsonObject:
    """GitHub's ``commit``, without the files that only ``GET /commits/{ref}`` adds."""
    api = urls.repo(repository, f"/commits/{found.sha}")
    return {
        "sha": found.sha,
        "node_id": node_id("Commit", repository.id) + found.sha,
        "url": api,
        "html_url": urls.html(repository, f"/commit/{found.sha}"),
        "comments_url": f"{api}/comments",
        "commit": {
            "url": urls.repo(repository, f"/git/commits/{found.sha}"),
            "author": signature(found.author),
            "committer": signature(found.committer),
            "message": found.message,
            "tree": {"sha": found.tree, "url": urls.repo(repository, f"/git/trees/{found.tree}")},
            "comment_count": 0,
            "verification": verification(repository, found.sha),
        },
        "author": _account(urls, state.user_by_email(found.author.email)),
        "committer": _account(urls, state.user_by_email(found.committer.email)),
        "parents": [
            {
                "sha": parent,
                "url": urls.repo(repository, f"/commits/{parent}"),
                "html_url": urls.html(repository, f"/commit/{parent}"),
            }
            for parent in found.parents
        ],
    }


def _account(urls: Urls, user: User | None) -> JsonObject | None:
    return None if user is None else simple_user(urls, user)


def simple_commit(found: CommitObject) -> JsonObject:
    """GitHub's ``simple-commit``: the ``head_commit`` of a workflow run."""
    return {
        "id": found.sha,
        "tree_id": found.tree,
        "message": found.message,
        "timestamp": stamp(found.committer.date),
        "author": {"name": found.author.name, "email": found.author.email},
        "committer": {"name": found.committer.name, "email": found.committer.email},
    }


def pushed_commit(
    urls: Urls, state: State, repository: Repository, found: CommitObject, touched: tuple[FileChange, ...]
) -> JsonObject:
    """A commit of a ``push`` webhook."""
    return {
        **simple_commit(found),
        "distinct": True,
        "url": urls.html(repository, f"/commit/{found.sha}"),
        "author": _pusher(state, found.author),
        "committer": _pusher(state, found.committer),
        "added": [change.path for change in touched if change.status == "added"],
        "removed": [change.path for change in touched if change.status == "removed"],
        "modified": [change.path for change in touched if change.status not in {"added", "removed"}],
    }


def _pusher(state: State, who: Signature) -> JsonObject:
    shown: JsonObject = {"name": who.name, "email": who.email, "date": stamp(who.date)}
    user = state.user_by_email(who.email)
    return shown if user is None else {**shown, "username": user.login}


def diff_entry(urls: Urls, repository: Repository, head: str, change: FileChange) -> JsonObject:
    """GitHub's ``diff-entry``: a file of a commit, a comparison or a pull request."""
    path = quote(change.path)
    shown: JsonObject = {
        "sha": change.sha,
        "filename": change.path,
        "status": change.status,
        "additions": change.additions,
        "deletions": change.deletions,
        "changes": change.additions + change.deletions,
        "blob_url": urls.html(repository, f"/blob/{head}/{path}"),
        "raw_url": urls.html(repository, f"/raw/{head}/{path}"),
        "contents_url": urls.repo(repository, f"/contents/{path}?ref={head}"),
    }
    named: JsonObject = {} if change.previous is None else {"previous_filename": change.previous}
    patch: JsonObject = {} if change.patch is None else {"patch": change.patch}
    return {**shown, **named, **patch}


def ref_node_id(repository: Repository, name: str) -> str:
    """The GraphQL id of a ref, by which ``createCommitOnBranch`` may name a branch."""
    return base64.b64encode(f"Ref:{repository.id}:{name}".encode()).decode()


def git_ref(urls: Urls, repository: Repository, name: str, sha: str) -> JsonObject:
    """GitHub's ``git-ref``; ``name`` is full (``refs/heads/main``)."""
    return {
        "ref": name,
        "node_id": ref_node_id(repository, name),
        "url": urls.repo(repository, f"/git/{name}"),
        "object": {"sha": sha, "type": "commit", "url": urls.repo(repository, f"/git/commits/{sha}")},
    }


def git_tree(urls: Urls, repository: Repository, sha: str, items: tuple[TreeItem, ...]) -> JsonObject:
    """GitHub's ``git-tree``."""
    return {
        "sha": sha,
        "url": urls.repo(repository, f"/git/trees/{sha}"),
        "tree": [_tree_entry(urls, repository, item) for item in items],
        "truncated": False,
    }


def _tree_entry(urls: Urls, repository: Repository, item: TreeItem) -> JsonObject:
    entry: JsonObject = {"path": item.path, "mode": item.mode, "type": item.type, "sha": item.sha}
    if item.type == "commit":
        return entry
    kind = "trees" if item.type == "tree" else "blobs"
    size: JsonObject = {} if item.size is None else {"size": item.size}
    return {**entry, **size, "url": urls.repo(repository, f"/git/{kind}/{item.sha}")}


def blob(urls: Urls, repository: Repository, sha: str, content: bytes) -> JsonObject:
    """GitHub's ``blob``, base64 in lines of 60 characters."""
    return {
        "sha": sha,
        "node_id": node_id("Blob", repository.id) + sha,
        "size": len(content),
        "url": urls.repo(repository, f"/git/blobs/{sha}"),
        "content": wrap_base64(content),
        "encoding": "base64",
    }


def wrap_base64(content: bytes) -> str:
    """Base64 as GitHub breaks it: 60 characters a line, a line break at the end."""
    text = base64.b64encode(content).decode()
    return "".join(f"{text[start : start + 60]}\n" for start in range(0, len(text), 60))


def content_entry(urls: Urls, repository: Repository, ref: str, item: TreeItem) -> JsonObject:
    """GitHub's ``content-directory`` entry, and the part it shares with ``content-file``."""
    kind = {"tree": "dir", "commit": "submodule"}.get(item.type, "symlink" if item.mode == "120000" else "file")
    path = quote(item.path)
    api = urls.repo(repository, f"/contents/{path}?ref={quote(ref)}")
    git = urls.repo(repository, f"/git/{'trees' if kind == 'dir' else 'blobs'}/{item.sha}")
    html = urls.html(repository, f"/{'tree' if kind == 'dir' else 'blob'}/{quote(ref)}/{path}")
    return {
        "name": item.path.rpartition("/")[2],
        "path": item.path,
        "sha": item.sha,
        "size": item.size or 0,
        "url": api,
        "html_url": html,
        "git_url": git,
        "download_url": urls.html(repository, f"/raw/{quote(ref)}/{path}") if kind == "file" else None,
        "type": kind,
        "_links": {"self": api, "git": git, "html": html},
    }


def content_file(urls: Urls, repository: Repository, ref: str, item: TreeItem, content: bytes) -> JsonObject:
    """GitHub's ``content-file``; above 1 MB it gives no content, encoding ``none``."""
    entry = content_entry(urls, repository, ref, item)
    if len(content) > 1_000_000:
        return {**entry, "content": "", "encoding": "none"}
    return {**entry, "content": wrap_base64(content), "encoding": "base64"}
