-- What came out of each fix, and what was said of it when it was proposed.

ALTER TABLE suggested_fixes
    -- The interval, the weight of the outcomes and the level that `confidence` rests on, and the model that said it.
    ADD COLUMN confidence_low   double precision CHECK (confidence_low BETWEEN 0 AND 1),
    ADD COLUMN confidence_high  double precision CHECK (confidence_high BETWEEN confidence_low AND 1),
    ADD COLUMN confidence_n     integer CHECK (confidence_n >= 0),
    ADD COLUMN confidence_level text,
    ADD COLUMN confidence_model bigint,
    -- Of its first failure, as it was judged when the fix was proposed: it may be judged anew by what is heard later.
    ADD COLUMN verdict          text,
    -- Nothing was ever predicted before this, so a figure without its origin is none.
    ADD CONSTRAINT suggested_fixes_confidence_origin CHECK (
        (confidence IS NULL) = (confidence_low IS NULL) AND (confidence IS NULL) = (confidence_high IS NULL)
        AND (confidence IS NULL) = (confidence_n IS NULL) AND (confidence IS NULL) = (confidence_level IS NULL)
        AND (confidence IS NOT NULL OR confidence_model IS NULL));

-- What was said is compared with what came out: it stays as it was said.
CREATE FUNCTION refuse_other_confidence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was predicted of fix % stays as it was', OLD.fix_id USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER suggested_fixes_prediction_kept BEFORE UPDATE OF
    confidence, confidence_low, confidence_high, confidence_n, confidence_level, confidence_model, verdict
    ON suggested_fixes FOR EACH ROW EXECUTE FUNCTION refuse_other_confidence();

-- One row a decisive event: the fix's outcome from then until `replaced_at`, when a newer event decided otherwise.
CREATE TABLE fix_outcomes (
    -- Of fix_events, which never lose a row.
    fix_event_id    bigint PRIMARY KEY,
    fix_id          bigint NOT NULL REFERENCES suggested_fixes,
    repository_id   bigint NOT NULL REFERENCES repositories,
    -- The repository's, kept in step with it: a history goes where its repository goes.
    installation_id bigint NOT NULL,
    -- Of the fix's first failure.
    fingerprint     text NOT NULL,
    category        text NOT NULL,
    kind            text NOT NULL,
    succeeded       boolean NOT NULL,
    weight          double precision NOT NULL CHECK (weight BETWEEN 0 AND 1),
    -- The probability of success that was shown when the fix was proposed; NULL: none.
    said            double precision,
    proposed_at     timestamptz NOT NULL,
    decided_at      timestamptz NOT NULL,
    replaced_at     timestamptz
);
CREATE UNIQUE INDEX fix_outcomes_current ON fix_outcomes (fix_id) WHERE replaced_at IS NULL;
-- The newest of an installation are counted for each prediction, from the index alone.
CREATE INDEX fix_outcomes_newest ON fix_outcomes (installation_id, fix_event_id DESC)
    INCLUDE (fix_id, fingerprint, category, kind, succeeded, weight) WHERE replaced_at IS NULL AND weight > 0;
CREATE INDEX fix_outcomes_replaced ON fix_outcomes (fix_id) WHERE replaced_at IS NOT NULL;
CREATE INDEX fix_outcomes_said ON fix_outcomes (repository_id, decided_at) INCLUDE (said, succeeded, weight)
    WHERE replaced_at IS NULL AND weight > 0 AND said IS NOT NULL;
CREATE INDEX fix_outcomes_by_repository ON fix_outcomes (repository_id);
COMMENT ON TABLE fix_outcomes IS 'Whether fixes worked, by their decisive events; written by a trigger of fix_events';

-- All of it from the ledger: for the rows from before, and for rows that were loaded without triggers. What keeps it up
-- with the ledger is a trigger of the next migration, which brings the kind and the weight of events; a function of this
-- language looks for them when it runs.
CREATE FUNCTION outcomes_rebuild() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM fix_outcomes;
    INSERT INTO fix_outcomes (
        fix_event_id, fix_id, repository_id, installation_id, fingerprint, category, kind, succeeded, weight, said,
        proposed_at, decided_at, replaced_at)
    SELECT e.fix_event_id, x.fix_id, x.repository_id, r.installation_id, coalesce(f.fingerprint, ''),
           coalesce(f.category, 'unknown'), kind_of_fix(x.source), coalesce(e.to_state = 'verified', false),
           e.learning_weight, x.confidence, x.created_at, e.at,
           lead(e.at) OVER (PARTITION BY e.fix_id ORDER BY e.fix_event_id)
    FROM fix_events e JOIN suggested_fixes x USING (fix_id) JOIN repositories r USING (repository_id)
    LEFT JOIN LATERAL (
        SELECT w.fingerprint, w.category FROM fix_failures l JOIN workflow_failures w USING (failure_id)
        WHERE l.fix_id = x.fix_id ORDER BY l.failure_id LIMIT 1
    ) f ON true
    WHERE e.to_state IN ('verified', 'ineffective', 'rejected', 'undone')
       OR (e.kind = 'edit' AND e.learning_weight > 0);
END $$;

CREATE FUNCTION move_fix_outcomes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE fix_outcomes SET installation_id = NEW.installation_id WHERE repository_id = NEW.repository_id;
    RETURN NULL;
END $$;
CREATE TRIGGER repositories_outcomes AFTER UPDATE OF installation_id ON repositories FOR EACH ROW
    WHEN (NEW.installation_id IS DISTINCT FROM OLD.installation_id) EXECUTE FUNCTION move_fix_outcomes();

CREATE TABLE prediction_models (
    version         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    installation_id bigint NOT NULL REFERENCES installations,
    -- How many outcomes it was made from, and the newest event among them.
    outcomes        integer NOT NULL CHECK (outcomes >= 0),
    through_event   bigint NOT NULL,
    -- What predicts, and what it was worth on data later than its own; learning/model.py reads both.
    model           jsonb NOT NULL,
    evaluation      jsonb NOT NULL,
    made_at         timestamptz NOT NULL DEFAULT now(),
    -- Trained twice at once it is one model.
    UNIQUE (installation_id, through_event)
);
CREATE INDEX prediction_models_newest ON prediction_models (installation_id, version DESC);
CREATE TRIGGER prediction_models_unchanged BEFORE UPDATE ON prediction_models
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
COMMENT ON TABLE prediction_models IS 'What predicts the success of fixes, an installation each; the newest is in use';
