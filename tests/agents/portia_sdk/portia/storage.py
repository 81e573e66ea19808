"""The storage of the SDK as far as CI Fixer takes it over."""

from typing import Any

from pydantic import BaseModel


class LocalDataValue(BaseModel):
    value: Any

    def get_value(self) -> Any:
        return self.value


class AgentMemoryValue(BaseModel):
    """What was put away comes back as a summary."""

    summary: str = "a summary"

    def get_value(self) -> Any:
        return self.summary


class InMemoryStorage:
    def __init__(self) -> None:
        self.runs: dict[str, Any] = {}

    def save_plan_run(self, plan_run: Any) -> None:
        self.runs[plan_run.id] = plan_run

    def save_plan_run_output(self, output_name: str, output: Any, plan_run_id: Any) -> Any:
        return AgentMemoryValue()

    def save_tool_call(self, tool_call: Any) -> None:
        raise AssertionError("a tool's call was logged")
