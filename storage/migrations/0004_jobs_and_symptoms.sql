-- How each job of an attempt ended: a verdict compares a job with itself, not a run with a run.
CREATE TABLE workflow_jobs (
    run_id      bigint NOT NULL,
    run_attempt integer NOT NULL,
    job_id      bigint NOT NULL,
    name        text NOT NULL,
    conclusion  text,
    html_url    text NOT NULL,
    PRIMARY KEY (run_id, run_attempt, job_id),
    FOREIGN KEY (run_id, run_attempt) REFERENCES workflow_runs
);
CREATE INDEX workflow_jobs_by_name ON workflow_jobs (run_id, name);

-- Each thing that failed by itself; `inherited` where the base branch showed it too.
CREATE TABLE failure_symptoms (
    failure_id    bigint NOT NULL REFERENCES workflow_failures,
    symptom       text NOT NULL,
    inherited     boolean NOT NULL,
    repository_id bigint NOT NULL REFERENCES repositories,
    PRIMARY KEY (failure_id, symptom)
);
CREATE INDEX failure_symptoms_by_symptom ON failure_symptoms (repository_id, symptom, failure_id DESC);

-- The commits that a head adds to its base branch; NULL where they could not be had.
ALTER TABLE analyses ADD COLUMN introduced text[];

-- What ran lately, of one workflow on any branch.
CREATE INDEX workflow_runs_by_workflow ON workflow_runs (repository_id, workflow_id, run_id DESC);

COMMENT ON TABLE workflow_jobs IS 'How each job of an attempt ended, as far as a verdict asked for it';
COMMENT ON TABLE failure_symptoms IS 'The things that failed in a failure, each by its hash';
