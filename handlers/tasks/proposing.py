"""From edits to a fix that is stored: a patch, its proof, and what the policy says of it. Recipes go first."""

from collections.abc import Mapping, Sequence

import msgspec

from analysis import policy
from analysis.complexity import complexity
from analysis.diagnosis import Diagnosis
from analysis.edits import Edit, SourceFile
from analysis.patch import PatchError, ProofLevel, apply_edits, prove
from analysis.recipes import advise_all, propose_all, wanted
from github_app.client import Installation
from github_app.model import Sha
from handlers.services import Services
from handlers.tasks.configuration import allowed_for
from handlers.tasks.feedback import REFUSED, refused
from handlers.tasks.lineage import MOST_FIXES, fixes_before, lineage_of
from handlers.tasks.predicting import propose_predicted
from handlers.tasks.reading import diagnosis_of
from handlers.tasks.rerunning import passes_again
from handlers.tasks.reverting import note_reverts
from storage import fixes, runs
from storage.database import Connection
from storage.failures import FailureRow
from storage.fixes import FixRow, FixState, NewFix
from storage.ids import FixId

NOTHING = "No fix: no recipe covers this, and no model is configured."
ADVISED = "No fix to commit:"
"""How the note begins where a recipe has words for people and no edits."""
LOOKING = "No recipe covers this; the model is being asked for a fix."


async def propose_by_recipe(services: Services, installation: Installation, found: Sequence[FailureRow]) -> str:
    """Store the recipes' fix, if there is one; gives the note to show where there is none."""
    first = found[0]
    past = await lineage_of(services, installation, first)
    if past is not None:
        await note_reverts(services, installation, first, past)
    before = await fixes_before(services, first, past)
    if len(before) >= MOST_FIXES:
        return enough(before)
    diagnoses = [diagnosis_of(row.diagnosis_json) for row in found]
    files = await installation.files(wanted(diagnoses), Sha(first.head_sha))
    proposal = propose_all(diagnoses, files)
    if proposal is None:
        return _note(diagnoses, asks=bool(services.engine.describe().model))
    named = ",".join(dict.fromkeys(proposal.recipes))
    covered = [found[at] for at in proposal.covers]
    note = await store_fix(
        services,
        installation,
        f"recipe:{named}",
        proposal.summary,
        proposal.explanation,
        proposal.edits,
        files,
        covered,
    )
    # A model is told of the rejection, and may know another fix.
    return LOOKING if note.startswith(REFUSED) and services.engine.describe().model else note


def _note(diagnoses: Sequence[Diagnosis], *, asks: bool) -> str:
    """Say what people can do; where that leaves a failure open, a model is asked about it if there is one."""
    advice = advise_all(diagnoses)
    if advice and not (asks and any(not advise_all([diagnosis]) for diagnosis in diagnoses)):
        return f"{ADVISED} {' '.join(one.text for one in advice)}"
    return LOOKING if asks else NOTHING


async def store_fix(
    services: Services,
    installation: Installation,
    source: str,
    summary: str,
    explanation: str,
    edits: Sequence[Edit],
    files: Mapping[str, SourceFile],
    covered: Sequence[FailureRow],
) -> str:
    """Prove the edits, ask the policy and store them as a proposed fix; gives the note where they make none.

    What somebody rejected here as wrong for the same failure is not proposed again, whoever found it.
    """
    try:
        patch = apply_edits(files, edits)
        proof = prove(patch)
    except PatchError as error:
        return f"No fix: the one that was found does not apply ({error})."
    said_before = await refused(services, covered, patch.diff)
    if said_before is not None:
        return said_before
    if await passes_again(services, installation, patch, covered):
        proof = ProofLevel.COMMAND
    first = covered[0]
    allowed = await allowed_for(services, first.repository_id)
    new = NewFix(
        repository_id=first.repository_id,
        run_id=first.run_id,
        run_attempt=first.run_attempt,
        head_sha=first.head_sha,
        head_branch=first.head_branch,
        source=source,
        summary=summary,
        explanation=explanation,
        edits_json=msgspec.json.encode(list(edits)).decode(),
        base_blobs_json=msgspec.json.encode({one.path: one.before_blob_sha for one in patch.files}).decode(),
        diff=patch.diff,
        patch_hash=patch.hash,
        proof_level=proof.value,
        complexity=complexity(patch).value,
        policy_json=msgspec.json.encode(policy.check(patch, allowed)).decode(),
        failure_ids=tuple(row.failure_id for row in covered),
    )
    async with services.database.transaction() as connection:
        made = await propose_predicted(connection, new)
        await _replace_renewed(connection, made)
    return ""


async def _replace_renewed(connection: Connection, made: FixRow) -> None:
    """Close what was asked again for this head before its own run had ended: one patch waits once."""
    for one in await fixes.open_fixes(connection, made.repository_id, made.head_sha):
        run = await runs.run(connection, one.run_id, one.run_attempt)
        if one.patch_hash == made.patch_hash and run is not None and run.head_sha != made.head_sha:
            why = f"F{made.fix_id} is the same fix, for the failure of this commit itself."
            to, since = FixState.SUPERSEDED, FixState.PROPOSED
            await fixes.move(connection, one.fix_id, to=to, since=since, actor=made.source, reason=why)


def enough(before: Sequence[FixId]) -> str:
    """The note where a lineage has had its fixes."""
    names = ", ".join(f"F{fix_id}" for fix_id in before)
    return f"No fix: {names} were committed here before and it still fails, so a person should look."
