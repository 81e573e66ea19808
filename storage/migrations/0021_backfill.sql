-- A repository's history that was read on an operator's word, a stretch of time a row: where it stands, so that a killed
-- one goes on, and what it found. A stretch is done from its oldest second on; `window_last` and `page` are the list of
-- at most 1,000 runs that is being paged through, from its last page (the oldest runs) to its first.
CREATE TABLE backfills (
    backfill_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    repository_id bigint NOT NULL REFERENCES repositories,
    since         timestamptz NOT NULL,
    until         timestamptz NOT NULL CHECK (until >= since),
    reached       timestamptz NOT NULL,
    window_last   timestamptz,
    page          integer CHECK (page >= 1),
    page_size     integer CHECK (page_size BETWEEN 1 AND 100),
    runs          bigint NOT NULL DEFAULT 0 CHECK (runs >= 0),
    attempts      bigint NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    failures      bigint NOT NULL DEFAULT 0 CHECK (failures >= 0),
    logs_missing  bigint NOT NULL DEFAULT 0 CHECK (logs_missing >= 0),
    begun_at      timestamptz NOT NULL DEFAULT now(),
    finished_at   timestamptz,
    UNIQUE (repository_id, since),
    CHECK ((window_last IS NULL) = (page IS NULL) AND (page IS NULL) = (page_size IS NULL))
);

-- An attempt that only a backfill read: it is never shown on GitHub, until its own event or a person asks for that.
ALTER TABLE analyses ADD COLUMN quiet boolean NOT NULL DEFAULT false;

-- How many attempts were analysed in a window and how long that took, from the index alone.
CREATE INDEX analyses_by_time ON analyses (repository_id, started_at) INCLUDE (diagnosed_at) WHERE NOT quiet;
