"""Every task by its name, bound to the services of this process."""

from collections.abc import Awaitable, Callable
from functools import partial

from github_app.queue import TaskSpec
from handlers.services import Services
from handlers.tasks.adopt import adopt
from handlers.tasks.apply import apply
from handlers.tasks.button import button
from handlers.tasks.command import command
from handlers.tasks.deliver import deliver
from handlers.tasks.diagnose import diagnose
from handlers.tasks.planning import propose
from handlers.tasks.reach import reach
from handlers.tasks.show import show
from handlers.tasks.testify import testify
from handlers.tasks.tidy import tidy
from handlers.tasks.verify import supersede, verify

_TASKS: tuple[Callable[..., Awaitable[None]], ...] = (
    deliver,
    diagnose,
    testify,
    adopt,
    reach,
    propose,
    command,
    button,
    apply,
    show,
    verify,
    supersede,
    tidy,
)


def tasks(services: Services) -> tuple[TaskSpec, ...]:
    """The tasks of a worker."""
    return tuple(TaskSpec(task.__name__, partial(task, services)) for task in _TASKS)
