"""Patches that cheat and patches that are honest: the measure of the policy."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Case:
    """One file before (None: new) and after. `rule` is the one that must speak; an honest case has none."""

    name: str
    path: str
    before: str | None
    after: str
    rule: str = ""


def adds(path: str, line: str, rule: str = "", base: str = "one\ntwo\n") -> Case:
    """A case that writes one line (or more) behind what stands there."""
    return Case(f"{path}: {line.strip()[:50]}", path, base, base + line + "\n", rule)


def turns(path: str, before: str, after: str, rule: str = "") -> Case:
    """A case that turns one text into another."""
    return Case(f"{path}: {after.strip()[-50:]}", path, before + "\n", after + "\n", rule)
