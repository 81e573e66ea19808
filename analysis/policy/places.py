"""Paths that a fix does not touch: what runs the checks, who may approve, what only a tool may write."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from analysis.globs import Globs
from analysis.policy.model import Allowed, Change, Finding

_REGULAR = ("100644", "100755")
# Characters that file systems ignore or that make a name read as another one.
_HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x1f\x7f]")

_LOCKS = re.compile(
    r"^(package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|bun\.lockb?|pipfile\.lock|go\.sum|go\.work\.sum"
    r"|packages\.lock\.json|package\.resolved|conda-lock\.yml|\.terraform\.lock\.hcl|gradle\.lockfile|verification-metadata\.xml|.+\.lock)$"
)
_SECRETS = re.compile(
    r"^(\.env(\..+)?|.+\.(pem|key|p12|pfx|jks|keystore|kdbx)|id_(rsa|dsa|ecdsa|ed25519)|\.netrc|\.pypirc|\.npmrc"
    r"|\.git-credentials|\.htpasswd|credentials(\.json)?|kubeconfig|service-account.*\.json)$"
)
_SECRET_SAMPLES = re.compile(r"\.(example|sample|template|dist|defaults?)$")
_BINARIES = re.compile(
    r"\.(7z|a|apk|bin|bmp|bz2|class|db|dll|dmg|dylib|ear|exe|gif|gz|ico|iso|jar|jpe?g|lib|mp[34]|o|obj|pdf|png|pyc|pyd"
    r"|rar|so|sqlite3?|tar|tgz|tiff?|ttf|war|wasm|webp|whl|woff2?|xz|zip|zst)$"
)
_PIPELINES = re.compile(
    r"^(\.github/(workflows|actions)/.*|\.(forgejo|gitea)/workflows/.*|\.circleci/.*|\.buildkite/.*|\.gitlab/ci/.*|\.woodpecker/.*|\.tekton/.*"
    r"|(.*/)?action\.ya?ml|(.*/)?(\.gitlab-ci|azure-pipelines|\.travis|bitbucket-pipelines|\.drone|\.?appveyor"
    r"|\.cirrus|cloudbuild|\.woodpecker|buildspec)\.ya?ml|(.*/)?jenkinsfile)$"
)
_FOREIGN = frozenset({"node_modules", "site-packages", ".venv", "venv", "bower_components", "vendor"})
_SHOWN = 3
"""Globs named in a finding."""
_LOADED_AT_START = re.compile(r"^(sitecustomize\.py|usercustomize\.py|.+\.pth|(gradle|maven)-wrapper\.properties)$")


_WORKFLOWS = re.compile(r"^\.github/workflows/[^/]+\.ya?ml$")
_OF_WORKFLOWS = frozenset({"workflow", "github-settings"})
"""The rules that a repository can take back for its workflow files."""


def own_places(changes: tuple[Change, ...], allowed: Allowed) -> Iterator[Finding]:
    """Find the files outside the paths that the repository lets a fix touch."""
    if not allowed.paths:
        return
    within = Globs(allowed.paths)
    for change in changes:
        if not within.match(change.path):
            said = ", ".join(allowed.paths[:_SHOWN]) + (", …" if len(allowed.paths) > _SHOWN else "")
            yield Finding(change.path, "own-paths", f"is outside of `fixes.paths` of this repository ({said})")


def places(changes: tuple[Change, ...], allowed: Allowed) -> Iterator[Finding]:
    """Find the files that a fix may not touch, each under the first rule that forbids it."""
    for change in changes:
        of_workflows = _WORKFLOWS.match(change.path) is not None
        for rule, message in _rules(change):
            if not of_workflows or rule not in _OF_WORKFLOWS:
                yield Finding(change.path, rule, message)
                break
            if not allowed.workflow_files:
                yield Finding(change.path, rule, allowed.why_not)
                break


def _rules(change: Change) -> Iterator[tuple[str, str]]:
    yield from _outside(change)
    yield from _by_path(change.path.lower(), change.name.lower())
    if b"\0" in change.content or _BINARIES.search(change.name.lower()):
        yield "binary", "is binary, which nobody can review here"


def _outside(change: Change) -> Iterator[tuple[str, str]]:
    path = change.path
    parts = path.split("/")
    if path.startswith(("/", "~")) or "\\" in path or re.match(r"[A-Za-z]:", path) or {"..", ".", ""} & set(parts):
        yield "path", "leads out of the repository, or is not written plainly"
    if _HIDDEN.search(path):
        yield "path", "has characters in its name that are not seen"
    # NTFS ignores dots and blanks at the end and knows `git~1`; both have been ways into `.git`.
    if any(part.lower().rstrip(". ") in (".git", "git~1") for part in parts):
        yield "git-directory", "lies in git's own directory"
    if change.mode not in _REGULAR:
        yield "link", "is a symbolic link or a submodule"


def _by_path(path: str, name: str) -> Iterator[tuple[str, str]]:
    if name == ".gitmodules":
        yield "submodule", "says which other repositories are fetched"
    if name == ".gitattributes" or path.startswith((".githooks/", ".husky/", ".git-hooks/")):
        yield "git-behaviour", "changes what git does with files or commits"
    if name == "codeowners":
        yield "code-owners", "says who must approve"
    if _PIPELINES.match(path):
        yield "workflow", "is the pipeline that judges this fix"
    if path.startswith(".github/") and PurePosixPath(path).suffix != ".md":
        yield "github-settings", "is a setting of the repository on GitHub"
    if _LOCKS.match(name):
        yield "lock-file", "is written by a package manager, never by hand"
    if (_SECRETS.match(name) or ".aws/" in path or ".ssh/" in path) and not _SECRET_SAMPLES.search(name):
        yield "secret-file", "is a place for secrets"
    if not _FOREIGN.isdisjoint(PurePosixPath(path).parts):
        yield "foreign-code", "belongs to an installed package"
    if _LOADED_AT_START.match(name):
        yield "start-up-code", "says what is run before any program of the project"
