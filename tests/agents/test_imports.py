import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["agents", "agents.engine", "agents.recipes_only", "agents.gemini"])
def test_importing_an_engine_does_not_load_the_models_library(module: str) -> None:
    program = (
        f"import sys, {module}\n"
        "print([name for name in sys.modules if name.startswith(('pydantic', 'google.genai', 'httpx'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
