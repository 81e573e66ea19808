-- A token acts as its user within a scope and for a time; nothing ever wrote to the table of the first design.
DROP TABLE api_tokens;
CREATE TABLE api_tokens (
    api_token_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- SHA-256 of the token, which has 256 random bits: the token itself is shown once and kept nowhere.
    token_hash   bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    user_id      bigint NOT NULL,
    login        text NOT NULL,
    scope        text NOT NULL CHECK (scope IN ('read', 'decide')),
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at   timestamptz
);
COMMENT ON TABLE api_tokens IS 'Tokens for the JSON API, as hashes; what they may do is asked of GitHub at each act';

-- A page of fixes is read a repository at a time, newest first, at any depth; with a state or without.
CREATE INDEX suggested_fixes_by_repository ON suggested_fixes (repository_id, fix_id DESC);
CREATE INDEX suggested_fixes_by_state ON suggested_fixes (repository_id, state, fix_id DESC);
-- The questions that wait are few among all that were ever asked.
CREATE INDEX clarifications_waiting ON clarifications (asked_at, clarification_id) WHERE answer IS NULL;
