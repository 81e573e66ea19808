-- A fix can be offered as suggestions, delivered as a pull request of its own, and undone.
ALTER TABLE suggested_fixes
    -- How it is delivered, chosen once an approval: what a crash cut short goes on in the same way.
    ADD COLUMN delivered_as        text CHECK (delivered_as IN ('commit', 'pull_request', 'suggestions')),
    ADD COLUMN pull_request_number integer,
    -- The act that undid it, so that the same one again is known, and its commit (none where only a branch went).
    ADD COLUMN undo_ref            text,
    ADD COLUMN undo_commit_sha     text;

ALTER TABLE suggested_fixes DROP CONSTRAINT suggested_fixes_state_check;
ALTER TABLE suggested_fixes ADD CONSTRAINT suggested_fixes_state_check CHECK (state IN (
    'proposed', 'approved', 'applying', 'offered', 'applied', 'verified',
    'ineffective', 'rejected', 'superseded', 'expired', 'failed', 'undone'));
ALTER TABLE suggested_fixes DROP CONSTRAINT suggested_fixes_check;
ALTER TABLE suggested_fixes ADD CONSTRAINT suggested_fixes_committed_check
    CHECK (commit_sha IS NOT NULL OR state NOT IN ('applied', 'verified', 'ineffective', 'undone'));

-- The same patch for the same attempt may be proposed anew for a later head.
ALTER TABLE suggested_fixes DROP CONSTRAINT suggested_fixes_run_id_run_attempt_patch_hash_key;
ALTER TABLE suggested_fixes ADD CONSTRAINT suggested_fixes_once_a_head
    UNIQUE (run_id, run_attempt, patch_hash, head_sha);
CREATE INDEX suggested_fixes_by_pull_request ON suggested_fixes (repository_id, pull_request_number)
    WHERE pull_request_number IS NOT NULL;
-- What a person, CI or a push has yet to decide on.
DROP INDEX suggested_fixes_open;
CREATE INDEX suggested_fixes_alive ON suggested_fixes (repository_id, head_branch)
    WHERE state IN ('proposed', 'applied', 'offered');
CREATE UNIQUE INDEX suggested_fixes_undone ON suggested_fixes (repository_id, undo_ref) WHERE undo_ref IS NOT NULL;
-- Fixes are counted by the commits of a head's history, no longer by the name of a branch.
DROP INDEX suggested_fixes_committed;

-- The same table of transitions as storage/fixes.py; a test holds the two together.
CREATE OR REPLACE FUNCTION refuse_wrong_fix_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (
        ('proposed', 'approved'), ('proposed', 'rejected'), ('proposed', 'superseded'), ('proposed', 'expired'),
        ('approved', 'applying'), ('approved', 'superseded'),
        ('applying', 'applied'), ('applying', 'offered'), ('applying', 'failed'), ('applying', 'superseded'),
        ('offered', 'applied'), ('offered', 'verified'), ('offered', 'superseded'),
        ('failed', 'approved'), ('failed', 'superseded'),
        ('applied', 'verified'), ('applied', 'ineffective'), ('applied', 'superseded'), ('applied', 'undone'),
        ('verified', 'ineffective'), ('verified', 'undone'), ('ineffective', 'verified'), ('ineffective', 'undone'),
        ('superseded', 'undone')
    ) THEN
        RAISE EXCEPTION 'a fix cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    NEW.updated_at := now();
    RETURN NEW;
END $$;
