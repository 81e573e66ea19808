-- Which commits were a pull request's head, as its events told: GitHub itself tells only the one that is now.
CREATE TABLE pull_request_heads (
    repository_id   bigint NOT NULL REFERENCES repositories,
    head_sha        text NOT NULL,
    number          integer NOT NULL,
    head_repository text NOT NULL,
    -- The head that came after it; NULL while it is the newest that is known.
    left_for        text,
    PRIMARY KEY (repository_id, head_sha, number)
);
COMMENT ON TABLE pull_request_heads IS 'The heads that pull requests have and had: what came late is still about its pull request';

-- When GitHub said the name that is kept: events come in any order, and an older one does not rename it back.
ALTER TABLE repositories ADD COLUMN named_at timestamptz;
-- Taken from the App by its owner, or gone with the installation: an event that was on its way does not bring it back.
ALTER TABLE repositories ADD COLUMN withdrawn boolean NOT NULL DEFAULT false;
