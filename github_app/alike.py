"""Fixes of like failures in a few words, each with a link: pure rendering for reports and `/explain`."""

from collections.abc import Sequence

from github_app.markdown import folded, plain, prose
from github_app.report import SimilarFix

_SUMMARY_LIMIT = 120
"""Characters of a fix's summary: what it changed is behind the link."""


def similar(fixes: Sequence[SimilarFix]) -> str:
    """One in a line, several folded behind one; "" for none."""
    if not fixes:
        return ""
    if len(fixes) == 1:
        return f"Similar: {_told(fixes[0])}"
    return folded(f"Similar: {len(fixes)} fixes of like failures", listed(fixes))


def listed(fixes: Sequence[SimilarFix]) -> str:
    """One a line."""
    return "\n".join(f"- {_told(fix)}" for fix in fixes)


def _told(fix: SimilarFix) -> str:
    link = f"[F{fix.fix_id} in {plain(fix.repository)}]({fix.html_url})"
    how = "for the same failure" if fix.same else "for a like failure"
    summary = fix.summary if len(fix.summary) <= _SUMMARY_LIMIT else f"{fix.summary[: _SUMMARY_LIMIT - 1]}…"
    return f"{link}, {fix.outcome}, {how}: {prose(summary)}"
