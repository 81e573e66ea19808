"""Patches that cheat and patches that are honest: the measure of the policy."""

import hashlib
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


def edited(path: str, before: str, old: str, new: str, rule: str = "") -> Case:
    """A case that turns one text, found once in a file, into another."""
    if before.count(old) != 1:
        raise ValueError(f"{path}: {old!r} stands {before.count(old)} times")
    return Case(f"{path}: {old[-30:]} -> {new[-40:]}", path, before, before.replace(old, new), rule)


def is_held_out(case: Case) -> bool:
    """Whether a case is of the third that no rule was tuned on: by its name alone, so that nobody chose it."""
    return hashlib.sha256(case.name.encode()).digest()[0] % 3 == 0
