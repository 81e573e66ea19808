"""A diagnosis as `ci-fixer analyze --json` prints it: the shape that other programs build on, so it changes on purpose.

Every line number counts the log's own lines from 1; a token is four characters; blocks are in the log's order.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict

from analysis.analyze import JobDiagnosis
from analysis.diagnosis import Diagnosis

SCHEMA = 1


def as_json(jobs: Sequence[JobDiagnosis]) -> str:
    """Give one object for one log; for several, `{"schema": 1, "jobs": […]}`, each with its name."""
    if len(jobs) == 1:
        return json.dumps(_fields(jobs[0].diagnosis), indent=1)
    return json.dumps(
        {"schema": SCHEMA, "jobs": [{"name": job.name, **_fields(job.diagnosis)} for job in jobs]}, indent=1
    )


def _fields(diagnosis: Diagnosis) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "lines": diagnosis.lines,
        "bytes": diagnosis.bytes,
        "category": diagnosis.category.value,
        "confidence": diagnosis.confidence,
        "tool": diagnosis.tool,
        "step": diagnosis.step,
        "exit_code": diagnosis.exit_code,
        "headline": diagnosis.headline,
        "root_line": None if diagnosis.root_line is None else asdict(diagnosis.root_line),
        "locations": [asdict(location) for location in diagnosis.locations],
        "failed_tests": list(diagnosis.failed_tests),
        "fingerprint": diagnosis.fingerprint,
        "redactions": diagnosis.redactions,
        "evidence": asdict(diagnosis.evidence),
    }
