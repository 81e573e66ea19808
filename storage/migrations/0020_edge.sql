-- What a POST with an Idempotency-Key was answered, so that the same one again is answered alike; kept for a day.
CREATE TABLE idempotency_keys (
    actor        text NOT NULL,
    route        text NOT NULL,
    key          text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    -- SHA-256 of the body: another body under the same key is a mistake, and is told so.
    request_hash bytea NOT NULL CHECK (length(request_hash) = 32),
    -- Whose turn it is: who took over from a process that died is not overwritten by it.
    claim        uuid NOT NULL,
    began_at     timestamptz NOT NULL DEFAULT now(),
    status       integer,
    location     text,
    body         bytea,
    PRIMARY KEY (actor, route, key),
    CHECK ((status IS NULL) = (body IS NULL))
);
CREATE INDEX idempotency_keys_by_time ON idempotency_keys (began_at);
COMMENT ON TABLE idempotency_keys IS 'Answers to POSTs with an Idempotency-Key, for a day';
