from tests.analysis.conftest import cache_home

__all__ = ["cache_home"]
