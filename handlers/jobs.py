"""The jobs that triggers and tasks ask for, by name, with the lock that each needs."""

from datetime import timedelta

from github_app.queue import Argument, Job

# A retrying analysis holds its lock, so a decision has another: `/approve` never waits for a log.


def diagnose(
    repository_id: int,
    run_id: int,
    run_attempt: int,
    *,
    again: bool = False,
    hint: str | None = None,
    plan: bool = False,
) -> Job:
    """Read the logs of an attempt and say what broke; `hint` are a person's words for the engine.

    `plan` has the engine's plan run in any case, not only where no recipe helps.
    """
    args: dict[str, Argument] = {
        "repository_id": repository_id,
        "run_id": run_id,
        "run_attempt": run_attempt,
        "again": again,
    }
    if hint is not None:
        args["hint"] = hint
    if plan:
        args["plan"] = True
    return Job("diagnose", args, lock=f"diagnose:{run_id}/{run_attempt}")


def testify(repository_id: int, run_id: int, run_attempt: int) -> Job:
    """Judge anew what an ended attempt is a witness for; of a green one, keep how its jobs ended."""
    args = {"repository_id": repository_id, "run_id": run_id, "run_attempt": run_attempt}
    return Job("testify", args, lock=f"testify:{run_id}/{run_attempt}")


def propose(repository_id: int, run_id: int, run_attempt: int, plan_run_id: str) -> Job:
    """Run the engine's plan, or go on with it, after what broke was shown."""
    args: dict[str, Argument] = {
        "repository_id": repository_id,
        "run_id": run_id,
        "run_attempt": run_attempt,
        "plan_run_id": plan_run_id,
    }
    return Job("propose", args, lock=f"diagnose:{run_id}/{run_attempt}")


def apply(repository_id: int, fix_id: int) -> Job:
    """Commit an approved fix."""
    return Job("apply", {"repository_id": repository_id, "fix_id": fix_id}, lock=f"fix:{fix_id}")


def show(repository_id: int, run_id: int, run_attempt: int) -> Job:
    """Bring what is shown on GitHub to what was decided elsewhere."""
    args: dict[str, Argument] = {"repository_id": repository_id, "run_id": run_id, "run_attempt": run_attempt}
    return Job("show", args, lock=f"show:{run_id}/{run_attempt}")


def verify(repository_id: int, commit_sha: str) -> Job:
    """Ask what CI said of a commit, where a fix made it."""
    return Job("verify", {"repository_id": repository_id, "commit_sha": commit_sha}, lock=f"verify:{commit_sha}")


def supersede(repository_id: int, number: int, head_repository: str, head_branch: str) -> Job:
    """Close what was meant for an older head of a pull request's branch, in a fork or in the repository itself."""
    args: dict[str, Argument] = {
        "repository_id": repository_id,
        "number": number,
        "head_repository": head_repository,
        "head_branch": head_branch,
    }
    return Job("supersede", args, lock=f"supersede:{repository_id}:{number}")


def adopt(repository_id: int, number: int, head_repository: str, head_sha: str) -> Job:
    """Show on a pull request what is known of a commit that is or was its head."""
    args: dict[str, Argument] = {
        "repository_id": repository_id,
        "number": number,
        "head_repository": head_repository,
        "head_sha": head_sha,
    }
    return Job("adopt", args, lock=f"adopt:{repository_id}:{number}")


def reach(installation_id: int, repository_id: int, *, heard: bool, delay: timedelta = timedelta(0)) -> Job:
    """Ask GitHub whether an installation holds a repository; `heard` is what an event said of it."""
    args: dict[str, Argument] = {"installation_id": installation_id, "repository_id": repository_id, "heard": heard}
    # Only the first answer is doubted: it may be older than the event.
    args["doubted"] = not delay
    return Job("reach", args, lock=f"reach:{repository_id}", delay=delay)


def tidy(repository_id: int, number: int, *, merged: bool) -> Job:
    """Withdraw what was offered on a pull request that was merged or closed."""
    args: dict[str, Argument] = {"repository_id": repository_id, "number": number, "merged": merged}
    return Job("tidy", args, lock=f"tidy:{repository_id}:{number}")
