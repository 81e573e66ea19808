"""Rules as data: one TOML file an ecosystem, read by `analysis.rules`."""
