"""GitHub's REST API, a file an area; each file lists its handlers as data under the keys of the permission table."""
