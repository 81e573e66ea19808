-- The whole story of a fix, one event a happening: what changed its state, and what did not.
ALTER TABLE fix_events
    ADD COLUMN kind            text NOT NULL DEFAULT 'state' CHECK (kind IN (
                                   'proposal', 'state', 'decision', 'edit', 'application', 'ci_verdict', 'revert',
                                   'reaction')),
    -- How much is learned from it, 0 to 1; the table of weights and their reasons is learning/weights.py.
    ADD COLUMN learning_weight double precision NOT NULL DEFAULT 0 CHECK (learning_weight BETWEEN 0 AND 1),
    -- What else is known of it, in the form of its kind (storage/ledger.py).
    ADD COLUMN details         jsonb,
    -- The one act, run or person's reaction that it tells of, where its source can tell of it twice.
    ADD COLUMN source_ref      text;
ALTER TABLE fix_events ALTER COLUMN to_state DROP NOT NULL;
ALTER TABLE fix_events
    ADD CONSTRAINT fix_events_state_or_fact CHECK (
        to_state IS NOT NULL OR (from_state IS NULL AND kind IN ('edit', 'ci_verdict', 'revert', 'reaction'))),
    ADD CONSTRAINT fix_events_reaction_check CHECK (kind <> 'reaction' OR to_state IS NULL);

-- The rows from before, once: a kind by the change, a weight by what it taught, details where other rows hold them.
ALTER TABLE fix_events DISABLE TRIGGER fix_events_append_only;
UPDATE fix_events SET
    kind = CASE
        WHEN from_state IS NULL THEN 'proposal'
        WHEN to_state IN ('approved', 'rejected') THEN 'decision'
        WHEN to_state IN ('applied', 'offered', 'failed') THEN 'application'
        WHEN to_state IN ('verified', 'ineffective') THEN 'ci_verdict'
        WHEN to_state = 'undone' THEN 'revert'
        ELSE 'state' END,
    -- Of a reason from before only the plainest first words are read.
    learning_weight = CASE
        WHEN to_state IN ('verified', 'ineffective', 'undone') THEN 1
        WHEN to_state <> 'rejected' THEN 0
        WHEN reason ~* '^\W*(wrong|incorrect|broken)\M' THEN 1
        WHEN reason ~* '^\W*(elsewhere|duplicate|outdated|not now|already fixed)\M' THEN 0
        ELSE 0.5 END;
-- A decision's row was written by the same transaction, so that both have its time.
UPDATE fix_events e SET
    source_ref = a.channel || '/' || a.source_ref,
    details = jsonb_build_object('channel', a.channel, 'role', a.role, 'reviewer_id', a.reviewer_id)
FROM human_approvals a
WHERE e.kind = 'decision' AND a.fix_id = e.fix_id AND a.decided_at = e.at AND a.reviewer_login = e.actor;
UPDATE fix_events e SET details = jsonb_strip_nulls(jsonb_build_object(
    'way', x.delivered_as, 'commit', x.commit_sha, 'pull_request_number', x.pull_request_number))
FROM suggested_fixes x WHERE e.to_state = 'applied' AND x.fix_id = e.fix_id;
UPDATE fix_events e SET details = jsonb_strip_nulls(jsonb_build_object('commit', x.undo_commit_sha))
FROM suggested_fixes x WHERE e.to_state = 'undone' AND x.fix_id = e.fix_id;
-- The run that decided stands in the reason.
WITH told AS (
    SELECT fix_event_id, regexp_match(reason, '^run (\d{1,18})/(\d{1,6}) ended in (\w+)$') AS run,
           row_number() OVER (PARTITION BY fix_id, reason ORDER BY fix_event_id) AS time
    FROM fix_events WHERE kind = 'ci_verdict'
)
UPDATE fix_events e SET
    source_ref = CASE told.time WHEN 1 THEN told.run[1] || '/' || told.run[2] END,
    details = jsonb_build_object(
        'run_id', told.run[1]::bigint, 'run_attempt', told.run[2]::integer, 'conclusion', told.run[3])
FROM told WHERE told.fix_event_id = e.fix_event_id AND told.run IS NOT NULL;
ALTER TABLE fix_events ENABLE TRIGGER fix_events_append_only;

CREATE UNIQUE INDEX fix_events_once ON fix_events (fix_id, kind, source_ref) WHERE source_ref IS NOT NULL;
-- One comment speaks of one fix after another: a reaction to it is about the one that it spoke of then, and no other.
CREATE UNIQUE INDEX fix_events_reaction_once ON fix_events (source_ref) WHERE kind = 'reaction';
-- What people had against fixes, or made of them, is quoted to those who propose the next one.
CREATE INDEX fix_events_feedback ON fix_events (fix_id, fix_event_id) WHERE kind = 'edit' OR to_state = 'rejected';

COMMENT ON TABLE fix_events IS 'The story of a fix: changes of state, decisions, edits, verdicts, reactions; append-only';
-- An outcome weighs what its event weighs; and a fix that a person changed before it went in was no full success.
CREATE FUNCTION record_fix_outcome() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE fix_outcomes SET replaced_at = NEW.at WHERE fix_id = NEW.fix_id AND replaced_at IS NULL;
    INSERT INTO fix_outcomes (
        fix_event_id, fix_id, repository_id, installation_id, fingerprint, category, kind, succeeded, weight, said,
        proposed_at, decided_at)
    SELECT NEW.fix_event_id, x.fix_id, x.repository_id, r.installation_id, coalesce(f.fingerprint, ''),
           coalesce(f.category, 'unknown'), kind_of_fix(x.source), NEW.to_state IS NOT DISTINCT FROM 'verified',
           NEW.learning_weight, x.confidence, x.created_at, NEW.at
    FROM suggested_fixes x JOIN repositories r USING (repository_id)
    LEFT JOIN LATERAL (
        SELECT w.fingerprint, w.category FROM fix_failures l JOIN workflow_failures w USING (failure_id)
        WHERE l.fix_id = x.fix_id ORDER BY l.failure_id LIMIT 1
    ) f ON true
    WHERE x.fix_id = NEW.fix_id;
    RETURN NULL;
END $$;
CREATE TRIGGER fix_events_outcome AFTER INSERT ON fix_events FOR EACH ROW WHEN (
    NEW.to_state IN ('verified', 'ineffective', 'rejected', 'undone')
    OR (NEW.kind = 'edit' AND NEW.learning_weight > 0)
) EXECUTE FUNCTION record_fix_outcome();
SELECT outcomes_rebuild();

-- Fixes that were left on a branch, of which a green run there may tell that a person's own commit did it.
CREATE INDEX suggested_fixes_left ON suggested_fixes (repository_id, head_branch, fix_id DESC)
    WHERE state = 'superseded' AND commit_sha IS NULL;
