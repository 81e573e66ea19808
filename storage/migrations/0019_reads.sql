-- Pages of failures, a repository at a time, newest attempt first, at any depth and by each filter. What is included
-- answers a second filter from the index.
CREATE INDEX workflow_failures_newest ON workflow_failures (repository_id, ran_at DESC, failure_id DESC)
    INCLUDE (category, verdict, head_branch);
CREATE INDEX workflow_failures_by_category ON workflow_failures
    (repository_id, category, ran_at DESC, failure_id DESC) INCLUDE (verdict, head_branch);
CREATE INDEX workflow_failures_by_verdict ON workflow_failures
    (repository_id, verdict, ran_at DESC, failure_id DESC) INCLUDE (category, head_branch);
CREATE INDEX workflow_failures_by_branch ON workflow_failures
    (repository_id, head_branch, ran_at DESC, failure_id DESC) INCLUDE (category, verdict);
CREATE INDEX workflow_failures_of_fingerprint ON workflow_failures
    (repository_id, fingerprint, ran_at DESC, failure_id DESC);

-- Pages of fixes in the same way; these take the place of those by id.
DROP INDEX suggested_fixes_by_repository;
DROP INDEX suggested_fixes_by_state;
CREATE INDEX suggested_fixes_newest ON suggested_fixes (repository_id, created_at DESC, fix_id DESC)
    INCLUDE (state, head_branch);
CREATE INDEX suggested_fixes_by_state ON suggested_fixes (repository_id, state, created_at DESC, fix_id DESC)
    INCLUDE (head_branch);
CREATE INDEX suggested_fixes_by_branch ON suggested_fixes (repository_id, head_branch, created_at DESC, fix_id DESC)
    INCLUDE (state);

-- A fix is of the categories of its failures, which never change: kept beside the link, pages by category have an index.
ALTER TABLE fix_failures ADD COLUMN repository_id bigint;
ALTER TABLE fix_failures ADD COLUMN category text;
ALTER TABLE fix_failures ADD COLUMN proposed_at timestamptz;
UPDATE fix_failures l SET repository_id = x.repository_id, category = f.category, proposed_at = x.created_at
FROM suggested_fixes x, workflow_failures f WHERE x.fix_id = l.fix_id AND f.failure_id = l.failure_id;
CREATE FUNCTION fill_fix_failure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT x.repository_id, f.category, x.created_at INTO NEW.repository_id, NEW.category, NEW.proposed_at
    FROM suggested_fixes x, workflow_failures f WHERE x.fix_id = NEW.fix_id AND f.failure_id = NEW.failure_id;
    RETURN NEW;
END $$;
CREATE TRIGGER fix_failures_filled BEFORE INSERT ON fix_failures FOR EACH ROW EXECUTE FUNCTION fill_fix_failure();
CREATE INDEX fix_failures_by_category ON fix_failures (repository_id, category, proposed_at DESC, fix_id DESC);

-- What plans of a window cost, by engine and model, from the index alone; and the questions of the window.
CREATE INDEX plan_runs_costs ON plan_runs (repository_id, created_at)
    INCLUDE (engine, model, state, requests, input_tokens, output_tokens, cost_micros, updated_at);
DROP INDEX plan_runs_by_repository;
CREATE INDEX clarifications_by_time ON clarifications (asked_at);
