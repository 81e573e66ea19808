-- What the owners of a repository should know of an analysis, such as a matcher of theirs that could not be used.
ALTER TABLE analyses ADD COLUMN remarks text[] NOT NULL DEFAULT '{}';
