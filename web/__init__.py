"""The web: the JSON API and the pages of review, for people who signed in with GitHub and for API tokens."""
