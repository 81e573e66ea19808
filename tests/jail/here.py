"""Whether commands can be jailed on this machine: bubblewrap is there, and the kernel lets it work."""

import asyncio

import pytest

from jail.bubblewrap import Jail, JailRefused


def _why_not() -> str:
    try:
        asyncio.run(Jail().check())
    except JailRefused as refused:
        return str(refused)
    return ""


_WHY_NOT = _why_not()
in_a_jail = pytest.mark.skipif(bool(_WHY_NOT), reason=_WHY_NOT or "a jail can be made")
