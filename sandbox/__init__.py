"""A local GitHub stand-in over real git repositories: the demo and the tests run against it."""
