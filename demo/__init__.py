"""The demo: one failing run, told from the push to the verified fix, on this machine."""
