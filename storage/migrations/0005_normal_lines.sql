-- What green runs of a job say: a few runs a job, a bounded number of rows a repository.
CREATE TABLE normal_lines (
    repository_id bigint NOT NULL REFERENCES repositories,
    workflow_id   bigint NOT NULL,
    job           text NOT NULL,
    run_id        bigint NOT NULL,
    lines         bytea NOT NULL,
    learned_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (repository_id, workflow_id, job, run_id)
);
-- Packed already.
ALTER TABLE normal_lines ALTER COLUMN lines SET STORAGE EXTERNAL;
CREATE INDEX normal_lines_by_time ON normal_lines (repository_id, learned_at DESC);

COMMENT ON TABLE normal_lines IS 'What the last green runs of each job said, as packed hashes: new lines stand out against it';
