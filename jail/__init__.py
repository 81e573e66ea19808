"""Runs a stranger's command where it reaches nothing; knows nothing of GitHub, failures or fixes."""
