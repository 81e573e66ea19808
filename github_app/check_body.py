"""A check run's output as GitHub takes it, and its digest."""

import hashlib

import msgspec

from github_app.model import CheckOutput


def digest(value: CheckOutput | str) -> str:
    """What to compare to see whether a text that is shown has changed."""
    text = value if isinstance(value, str) else msgspec.json.encode(check_body(value)).decode()
    return hashlib.sha256(text.encode()).hexdigest()


def check_body(output: CheckOutput) -> dict[str, object]:
    """The body of a check run, as GitHub wants it; columns are never sent.

    They hold on single lines only (github-facts 6).
    """
    annotations = [
        {
            "path": one.path,
            "start_line": one.start_line,
            "end_line": one.end_line,
            "annotation_level": one.level.value,
            "message": one.message,
            "title": one.title,
        }
        for one in output.annotations
    ]
    shown: dict[str, object] = {"title": output.title, "summary": output.summary}
    if output.text:
        shown["text"] = output.text
    if annotations:
        shown["annotations"] = annotations
    if output.conclusion is None:
        return {"status": "in_progress", "output": shown}
    actions = [
        {"label": one.label, "description": one.description, "identifier": one.identifier} for one in output.actions
    ]
    return {"status": "completed", "conclusion": output.conclusion, "output": shown, "actions": actions}
