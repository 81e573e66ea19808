from hypothesis import settings

pytest_plugins = ["tests.database", "tests.openapi.plugin"]

# A machine that others share makes any one example slow now and then.
settings.register_profile("shared", deadline=None)
settings.load_profile("shared")
