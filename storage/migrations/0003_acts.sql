-- A command that is run again after a crash asks which fix it decided on the first time.
CREATE INDEX human_approvals_by_act ON human_approvals (channel, source_ref);
