"""What CI Fixer uses of the Portia SDK 0.9.0, with the names, signatures and habits of its last public files.

Written anew for the tests: it runs a plan's steps in their order, saves the run after each, renders a task as a
template, and puts away what is long. Its model says what `ANSWERS` holds, and `SEEN` keeps what it was given.
"""

import asyncio
from abc import abstractmethod
from enum import Enum, StrEnum
from typing import Any, ClassVar
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field

from .storage import AgentMemoryValue, InMemoryStorage, LocalDataValue

ANSWERS: list[Any] = []
SEEN: list[dict[str, Any]] = []
_LONGEST_DESCRIPTION = 16_384
_LONG_OUTPUT = 1_000


class StorageClass(Enum):
    MEMORY = "MEMORY"
    DISK = "DISK"
    CLOUD = "CLOUD"


class PlanRunState(StrEnum):
    NOT_STARTED = "NOT_STARTED"
    IN_PROGRESS = "IN_PROGRESS"
    NEED_CLARIFICATION = "NEED_CLARIFICATION"
    READY_TO_RESUME = "READY_TO_RESUME"
    COMPLETE = "COMPLETE"
    FAILED = "FAILED"


class Config(BaseModel):
    model_config = ConfigDict(extra="forbid")
    storage_class: StorageClass
    llm_provider: str
    default_model: str
    google_api_key: str
    portia_api_key: str | None = "from the environment"

    @classmethod
    def from_default(cls, **kwargs: Any) -> "Config":
        return cls(**kwargs)


class ToolRunContext(BaseModel):
    model_config = ConfigDict(extra="forbid")
    config: Config


class Tool(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    id: str
    name: str
    description: str
    args_schema: type[BaseModel]
    output_schema: tuple[str, str]
    structured_output_schema: type[BaseModel] | None = None

    def model_post_init(self, _: Any, /) -> None:
        if len(self.description) + len(str(self.args_schema.model_json_schema()["properties"])) > _LONGEST_DESCRIPTION:
            raise ValueError(f"the description of {self.id} is too long")

    @abstractmethod
    def run(self, ctx: ToolRunContext, *args: Any, **kwargs: Any) -> Any: ...


class ToolRegistry:
    def __init__(self, tools: list[Tool]) -> None:
        self._tools = {tool.id: tool for tool in tools}

    def get_tool(self, tool_id: str) -> Tool:
        return self._tools[tool_id]


class StepOutput(BaseModel):
    step: str | int

    def __init__(self, step: str | int) -> None:
        super().__init__(step=step)


class InvokeToolStep(BaseModel):
    step_name: str
    tool: str
    args: dict[str, Any]


class LLMStep(BaseModel):
    step_name: str
    task: str
    inputs: list[Any]
    output_schema: type[BaseModel] | None
    system_prompt: str | None


class PlanV2(BaseModel):
    id: str = Field(default_factory=lambda: f"plan-{uuid4()}")
    label: str
    steps: list[InvokeToolStep | LLMStep] = []

    def step_output_name(self, step: str) -> str:
        return f"$step_{[one.step_name for one in self.steps].index(step)}_output"


class PlanBuilderV2:
    def __init__(self, label: str = "Run the plan built with the Plan Builder") -> None:
        self.plan = PlanV2(label=label)

    def invoke_tool_step(
        self,
        *,
        tool: str,
        args: dict[str, Any] | None = None,
        output_schema: type[BaseModel] | None = None,
        step_name: str | None = None,
    ) -> "PlanBuilderV2":
        assert output_schema is None
        name = step_name or f"step_{len(self.plan.steps)}"
        self.plan.steps.append(InvokeToolStep(step_name=name, tool=tool, args=args or {}))
        return self

    def llm_step(
        self,
        *,
        task: str,
        inputs: list[Any] | None = None,
        output_schema: type[BaseModel] | None = None,
        step_name: str | None = None,
        system_prompt: str | None = None,
    ) -> "PlanBuilderV2":
        name = step_name or f"step_{len(self.plan.steps)}"
        step = LLMStep(
            step_name=name, task=task, inputs=inputs or [], output_schema=output_schema, system_prompt=system_prompt
        )
        self.plan.steps.append(step)
        return self

    def build(self) -> PlanV2:
        names = [step.step_name for step in self.plan.steps]
        if len(names) != len(set(names)):
            raise ValueError("Duplicate step names found")
        return self.plan


class PlanRunOutputs(BaseModel):
    step_outputs: dict[str, LocalDataValue | AgentMemoryValue] = {}


class PlanRun(BaseModel):
    id: str = Field(default_factory=lambda: f"prun-{uuid4()}")
    plan_id: str
    state: PlanRunState = PlanRunState.NOT_STARTED
    outputs: PlanRunOutputs = Field(default_factory=PlanRunOutputs)


class Portia:
    made: ClassVar[list["Portia"]] = []

    def __init__(self, config: Config | None = None, tools: list[Tool] | None = None) -> None:
        assert config is not None
        self.config = config
        self.tool_registry = ToolRegistry(tools or [])
        self.storage: Any = InMemoryStorage()
        self.made.append(self)

    def run_plan(self, plan: PlanV2) -> PlanRun:
        with asyncio.Runner() as runner:
            return runner.run(self._run(plan))

    async def _run(self, plan: PlanV2) -> PlanRun:
        run = PlanRun(plan_id=plan.id, state=PlanRunState.IN_PROGRESS)
        self.storage.save_plan_run(run)
        try:
            for step in plan.steps:
                value = await asyncio.to_thread(self._step, plan, run, step)
                self._kept(run, plan.step_output_name(step.step_name), value)
        except Exception:  # noqa: BLE001 - as the SDK does
            run.state = PlanRunState.FAILED
        else:
            run.state = PlanRunState.COMPLETE
        self.storage.save_plan_run(run)
        return run

    def _kept(self, run: PlanRun, name: str, value: Any) -> None:
        output: Any = LocalDataValue(value=value)
        if len(str(value)) > _LONG_OUTPUT:
            output = self.storage.save_plan_run_output(name, output, run.id)
        run.outputs.step_outputs[name] = output
        self.storage.save_plan_run(run)

    def _step(self, plan: PlanV2, run: PlanRun, step: InvokeToolStep | LLMStep) -> Any:
        def resolved(value: Any) -> Any:
            if not isinstance(value, StepOutput):
                return value
            return run.outputs.step_outputs[plan.step_output_name(str(value.step))].get_value()

        if isinstance(step, LLMStep):
            return self._asked(step, [resolved(value) for value in step.inputs])
        args = {name: resolved(value) for name, value in step.args.items()}
        return self.tool_registry.get_tool(step.tool).run(ToolRunContext(config=self.config), **args)

    def _asked(self, step: LLMStep, inputs: list[Any]) -> Any:
        if "{{" in step.task:
            raise ValueError("the task is a template, and names what is not there")
        SEEN.append({"task": step.task, "inputs": inputs, "system_prompt": step.system_prompt})
        answer = ANSWERS.pop(0)
        if isinstance(answer, Exception):
            raise answer
        assert step.output_schema is not None
        return step.output_schema.model_validate(answer)


__all__ = [
    "Config",
    "PlanBuilderV2",
    "PlanRunState",
    "Portia",
    "StepOutput",
    "StorageClass",
    "Tool",
    "ToolRunContext",
]
