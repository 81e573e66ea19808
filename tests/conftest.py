pytest_plugins = ["tests.database", "tests.openapi.plugin"]
