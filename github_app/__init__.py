"""How to be a GitHub App: webhooks in, authenticated calls out, a queue between; knows nothing of failures or fixes."""
