"""Which engine the operator has set up, as far as this process can tell: it asks none itself."""

from dataclasses import dataclass

_OWN = (
    "The Portia SDK cannot be installed any more: its makers withdrew it. CI Fixer's own runner runs the same plan, "
    "step by step, with the same tools"
)
_NO_MODEL = "No model is set up here, so that nothing is proposed beyond recipes and fixes that helped before."


@dataclass(frozen=True, slots=True)
class EngineName:
    """The name, and the model where it asks one. `chosen` where the operator named it, so that nothing is missing."""

    name: str = "recipes_only"
    model: str | None = None
    chosen: bool = False

    @property
    def runner(self) -> str:
        """What runs the agent's plan, in words."""
        if self.name == "portia":
            return "The Portia SDK, of which the operator holds a copy, runs the step that asks the model."
        if self.model is None:
            return f"{_OWN}. {_NO_MODEL}"
        return f"{_OWN}; {self.name} asks the model."
