-- What was decided on stays what it was: the approval names a patch hash, so the patch must not change under it.
CREATE FUNCTION refuse_wrong_fix_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' THEN
            RAISE EXCEPTION 'a fix begins as proposed, not as %', NEW.state USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.fix_id, NEW.repository_id, NEW.run_id, NEW.run_attempt, NEW.head_sha, NEW.head_branch, NEW.source,
        NEW.edits, NEW.base_blobs, NEW.diff, NEW.patch_hash)
       IS DISTINCT FROM
       (OLD.fix_id, OLD.repository_id, OLD.run_id, OLD.run_attempt, OLD.head_sha, OLD.head_branch, OLD.source,
        OLD.edits, OLD.base_blobs, OLD.diff, OLD.patch_hash) THEN
        RAISE EXCEPTION 'fix % is not changed once it is proposed', OLD.fix_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER suggested_fixes_unchanged BEFORE INSERT OR UPDATE ON suggested_fixes
    FOR EACH ROW EXECUTE FUNCTION refuse_wrong_fix_change();

CREATE TRIGGER fix_events_not_truncated BEFORE TRUNCATE ON fix_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A decision is kept as it was made.
CREATE TRIGGER human_approvals_append_only BEFORE UPDATE OR DELETE ON human_approvals
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- The brake on fixing without end asks this before every proposal.
CREATE INDEX suggested_fixes_committed ON suggested_fixes (repository_id, head_branch) WHERE commit_sha IS NOT NULL;
-- One page of a repository's failures, at any depth.
CREATE INDEX workflow_failures_by_repository ON workflow_failures (repository_id, failure_id DESC);
-- The history of a head is asked for one workflow at a time.
DROP INDEX workflow_runs_by_head;
CREATE INDEX workflow_runs_by_head ON workflow_runs (repository_id, head_sha, workflow_id);

COMMENT ON TABLE installations IS 'Where the App is installed; rows stay after an uninstallation, with deleted_at';
COMMENT ON TABLE repositories IS 'Repositories the App may reach, or could (removed_at)';
COMMENT ON TABLE deliveries IS 'Webhooks as they came, bodies zlib-compressed; purged when they are old and handled';
COMMENT ON TABLE workflow_runs IS 'Attempts of runs, successes too: what flaky, base and verified are judged by';
COMMENT ON TABLE analyses IS 'What was done about an attempt, and the ids of what was posted';
COMMENT ON TABLE fingerprints IS 'The distinct normalised messages of failures, with counts';
COMMENT ON TABLE workflow_failures IS 'The distinct failures of an attempt; equal ones of several jobs are one row';
COMMENT ON TABLE suggested_fixes IS 'Checked patches and their state; edits, blobs and diff never change';
COMMENT ON TABLE fix_failures IS 'Which failures a fix mends';
COMMENT ON TABLE fix_events IS 'Every change of a fix''s state: who, when, why; append-only';
COMMENT ON TABLE human_approvals IS 'Decisions of people, each bound to a patch hash and a head commit; append-only';
COMMENT ON TABLE command_receipts IS 'Commands of comments that were taken, so that each acts once';
COMMENT ON TABLE analytics_patterns IS 'What became of the fixes of a fingerprint in a repository';
COMMENT ON TABLE plan_runs IS 'One run of an agent''s plan: what it cost and where it stands';
COMMENT ON TABLE plan_steps IS 'The steps of a plan''s run, saved one by one so that it can go on after a crash';
COMMENT ON TABLE clarifications IS 'Questions an agent asked, and the answers';
COMMENT ON TABLE api_tokens IS 'Tokens for the JSON API, as hashes';
