-- The one issue of a failure that no pull request answers for. How often it was seen, and when, is counted from the
-- failures themselves: an event that comes twice counts once.
CREATE TABLE failure_issues (
    repository_id bigint NOT NULL REFERENCES repositories,
    fingerprint   text NOT NULL REFERENCES fingerprints,
    number        integer NOT NULL CHECK (number >= 1),
    state         text NOT NULL CHECK (state IN ('open', 'closed', 'dismissed')),
    run_id        bigint NOT NULL,
    run_attempt   integer NOT NULL,
    head_sha      text NOT NULL,
    digest        text NOT NULL,
    updated_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (repository_id, fingerprint),
    UNIQUE (repository_id, number),
    FOREIGN KEY (run_id, run_attempt) REFERENCES workflow_runs
);
CREATE INDEX failure_issues_open ON failure_issues (repository_id, updated_at DESC) WHERE state = 'open';

COMMENT ON TABLE failure_issues IS 'The issues that were opened, one a fingerprint, and the run that each speaks of';

-- Plans that nobody goes on with: what waits for them is shown without them after a time.
CREATE INDEX plan_runs_under_way ON plan_runs (updated_at)
    WHERE state IN ('NOT_STARTED', 'IN_PROGRESS', 'READY_TO_RESUME');
