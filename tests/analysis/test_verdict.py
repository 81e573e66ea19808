"""Whose a failure is: every trap by itself, then worlds in which chance lays them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from random import Random

import pytest

from analysis.diagnosis import Category
from analysis.verdict import Verdict, judge
from tests.analysis.verdict_world import NOT_YOURS, YOURS, Commit, Fault, Replay, Run, World, truth_of

BROKEN = Fault("test_area", "tests/test_area.py")
OTHER = Fault("test_length", "tests/test_length.py")


def world() -> World:
    made = World(Random(7))
    made.run(made.main)
    return made


def branch(on: World, *adds: Fault, name: str = "topic", files: tuple[str, ...] = ("src/a.py",)) -> Commit:
    return on.commit(on.main, name, adds=adds, files=files)


def verdict(on: World, run: Run, **known: bool) -> Verdict:
    replay = on.replay("", run, "")
    return judge(replay.diagnosis, replay.history, **known).verdict


# What excuses


def test_the_same_failure_on_the_base_branch_is_the_bases() -> None:
    on = world()
    on.run(on.commit(on.main, "main", adds=[BROKEN]))
    assert verdict(on, on.run(branch(on), "pull_request")) is Verdict.BASE


def test_a_branch_begun_at_a_broken_commit_is_not_to_blame_though_the_base_was_mended_since() -> None:
    on = world()
    on.run(on.commit(on.main, "main", adds=[BROKEN]))
    head = branch(on)
    on.run(on.commit(on.main, "main", mends=[BROKEN]))
    assert verdict(on, on.run(head, "push")) is Verdict.BASE


def test_a_push_to_the_default_branch_that_keeps_failing_is_not_the_new_pushes() -> None:
    on = world()
    on.run(on.commit(on.main, "main", adds=[BROKEN]))
    assert verdict(on, on.run(on.commit(on.main, "main"))) is Verdict.BASE


def test_a_second_attempt_that_passed_shows_the_first_to_be_flaky() -> None:
    on = world()
    first = on.run(branch(on, BROKEN), "pull_request")
    on.runs.append(replace(first, attempt=2, shown=frozenset()))
    assert verdict(on, first) is Verdict.FLAKY


def test_what_comes_and_goes_on_unrelated_commits_is_flaky() -> None:
    on = world()
    for number in range(8):
        sighted(on, f"else{number}", *([BROKEN] if number % 3 == 0 else []))
    assert verdict(on, sighted(on, "topic", BROKEN)) is Verdict.FLAKY


@pytest.mark.parametrize(
    ("category", "text"),
    [
        (Category.INFRASTRUCTURE, "The self-hosted runner lost communication with the server."),
        (Category.NETWORK, "npm error 503 Service Unavailable - GET https://registry.example/left-pad"),
        (Category.NETWORK, "error: RPC failed; curl 56 GnuTLS recv error (-9): Connection reset by peer"),
        (Category.NETWORK, "Read timed out while fetching https://files.example/x.whl"),
    ],
)
def test_trouble_of_runner_and_network_is_nobodys(category: Category, text: str) -> None:
    on = world()
    fault = Fault("trouble", "x", category=category, text=text)
    assert verdict(on, on.run(branch(on, fault), "pull_request")) is Verdict.INFRASTRUCTURE


# What does not


def test_a_missing_log_is_unknown_whatever_else_is_known() -> None:
    on = world()
    on.run(on.commit(on.main, "main", adds=[BROKEN]))
    assert verdict(on, on.run(branch(on), "pull_request"), log_missing=True) is Verdict.UNKNOWN


def test_what_the_base_passes_is_yours() -> None:
    on = world()
    assert verdict(on, on.run(branch(on, BROKEN), "pull_request")) is Verdict.YOURS


def test_a_base_that_fails_in_another_way_excuses_nothing() -> None:
    on = world()
    on.run(on.commit(on.main, "main", adds=[OTHER]))
    head = on.commit(on.main, "topic", adds=[BROKEN], mends=[OTHER], files=["src/a.py"])
    assert verdict(on, on.run(head, "pull_request")) is Verdict.YOURS


def test_a_base_that_never_ran_the_job_excuses_nothing() -> None:
    on = World(Random(7))
    on.run(on.main, ran=False)
    assert verdict(on, on.run(branch(on, BROKEN), "pull_request")) is Verdict.UNKNOWN


def test_a_base_whose_failure_nobody_read_excuses_nothing() -> None:
    on = world()
    on.run(on.commit(on.main, "main", adds=[BROKEN]), read=False)
    assert verdict(on, on.run(branch(on), "pull_request")) is Verdict.UNKNOWN


def test_a_base_whose_newest_run_is_not_finished_excuses_nothing() -> None:
    on = world()
    on.run(on.commit(on.main, "main", adds=[BROKEN]))
    on.run(on.commit(on.main, "main", mends=[BROKEN]), finished=False)
    assert verdict(on, on.run(branch(on, BROKEN), "pull_request")) is Verdict.UNKNOWN


def test_a_reverted_change_landed_again_is_yours() -> None:
    on = world()
    on.run(on.commit(on.main, "main", adds=[BROKEN]))
    on.run(on.commit(on.main, "main"))
    on.run(on.commit(on.main, "main", mends=[BROKEN]))
    assert verdict(on, on.run(branch(on, BROKEN), "pull_request")) is Verdict.YOURS


def test_a_change_reverted_twice_and_landed_a_third_time_is_still_yours() -> None:
    on = world()
    for _ in range(2):
        on.run(on.commit(on.main, "main", adds=[BROKEN]))
        on.run(on.commit(on.main, "main", mends=[BROKEN]))
    assert verdict(on, on.run(branch(on, BROKEN), "pull_request")) is Verdict.YOURS


def test_the_same_commit_seen_on_the_base_branch_is_no_witness_for_itself() -> None:
    on = world()
    head = branch(on, BROKEN)
    on.main = head
    on.runs.append(Run(2, 1, replace(head, branch="main"), head, "push", frozenset({BROKEN})))
    later = Run(3, 1, head, head, "push", frozenset({BROKEN}))
    on.runs.append(later)
    replay = on.replay("", later, "")
    history = replace(replay.history, introduced=frozenset({head.sha}))
    assert judge(replay.diagnosis, history).verdict is Verdict.YOURS


def test_a_failure_of_the_same_commit_in_another_attempt_is_no_excuse() -> None:
    on = world()
    first = on.run(branch(on, BROKEN), "pull_request")
    assert verdict(on, on.run(first.head, "pull_request", again=first)) is Verdict.YOURS


def test_a_stack_of_branches_that_share_the_broken_commit_is_one_sighting() -> None:
    on = world()
    bottom = branch(on, BROKEN, name="one")
    tops = [bottom]
    for name in ("two", "three", "four"):
        tops.append(on.commit(tops[-1], name, files=["src/b.py"]))
    for top in tops[1:]:
        on.run(top, "pull_request")
        on.run(on.commit(on.main, "main"))
    assert verdict(on, on.run(bottom, "pull_request")) is Verdict.YOURS


def test_one_breakage_of_the_base_seen_on_many_branches_is_not_flaky_when_it_lands_again() -> None:
    on = world()
    on.run(on.commit(on.main, "main", adds=[BROKEN]))
    begun = on.main
    on.run(on.commit(on.main, "main", mends=[BROKEN]))
    for number in range(6):
        on.run(on.commit(begun, f"old{number}", files=["src/b.py"]), "push")
        sighted(on, f"new{number}")
    assert verdict(on, on.run(branch(on, BROKEN), "pull_request")) is Verdict.YOURS


def test_what_fails_on_most_commits_does_not_come_and_go() -> None:
    on = world()
    for number in range(8):
        sighted(on, f"else{number}", *([BROKEN] if number % 3 else []))
    assert verdict(on, sighted(on, "topic", BROKEN)) is Verdict.YOURS


def test_a_known_flaky_test_in_a_file_that_the_change_touches_is_not_excused() -> None:
    on = world()
    for number in range(8):
        sighted(on, f"else{number}", *([BROKEN] if number % 3 == 0 else []))
    assert verdict(on, sighted(on, "topic", BROKEN, files=(BROKEN.path,))) is Verdict.YOURS


def test_a_known_flaky_test_that_failed_here_twice_is_not_excused() -> None:
    on = world()
    for number in range(8):
        sighted(on, f"else{number}", *([BROKEN] if number % 3 == 0 else []))
    first = sighted(on, "topic", BROKEN)
    assert verdict(on, on.run(first.head, "pull_request", again=first)) is Verdict.YOURS


@pytest.mark.parametrize(
    "text",
    [
        "curl: (6) Could not resolve host: registry.exmaple.com",
        "requests.exceptions.ConnectionError: [Errno 111] Connection refused",
        "npm error 404 Not Found - GET https://registry.example/left-padd",
        "fatal: unable to access 'https://x/': The requested URL returned error: 403",
    ],
)
def test_a_network_error_that_a_wrong_address_gives_too_is_not_excused(text: str) -> None:
    on = world()
    fault = Fault("trouble", "x", category=Category.NETWORK, text=text)
    assert verdict(on, on.run(branch(on, fault), "pull_request")) is Verdict.YOURS


def test_a_category_that_is_not_sure_excuses_nothing() -> None:
    on = world()
    fault = Fault("trouble", "x", category=Category.INFRASTRUCTURE, text="lost")
    replay = on.replay("", on.run(branch(on, fault), "pull_request"), "")
    assert judge(replace(replay.diagnosis, confidence=0.3), replay.history).verdict is Verdict.YOURS


def test_every_excuse_but_the_logs_own_names_its_witness() -> None:
    for replay in replays():
        told = judge(replay.diagnosis, replay.history)
        if told.verdict in (Verdict.BASE, Verdict.FLAKY):
            assert told.witnesses
            assert all(one.run_id != 0 and one.html_url for one in told.witnesses)


# Worlds


def sighted(on: World, name: str, *adds: Fault, files: tuple[str, ...] = ("src/b.py",)) -> Run:
    """A branch of somebody's with its run, and main moving on below it."""
    on.run(on.commit(on.main, "main"))
    return on.run(branch(on, *adds, name=name, files=files), "pull_request")


@cache
def replays() -> tuple[Replay, ...]:
    """Failed runs of forty worlds, after each has lived long enough to have a history."""
    return tuple(replay for seed in range(40) for replay in lived(seed))


def lived(seed: int) -> list[Replay]:
    random = Random(seed)
    flaky = tuple(Fault(f"flaky_{at}", f"tests/test_{at}.py", random.uniform(0.03, 0.1)) for at in range(2))
    trouble = (
        Fault("reset", "x", 0.01, Category.NETWORK, "fatal: early EOF, the remote end hung up unexpectedly"),
        Fault("runner", "x", 0.005, Category.INFRASTRUCTURE, "The runner has received a shutdown signal."),
    )
    on = World(random, (*flaky, *trouble))
    landed: list[Fault] = []
    found: list[Replay] = []
    for step in range(150):
        run, own = happened(on, random, flaky, landed, step)
        if step >= 60 and run.shown and run.head.branch != "main":
            found.append(on.replay(f"{seed}/{step}", run, truth_of(run, own)))
        if run.shown and random.random() < 0.4:
            again = on.run(run.head, run.event, again=run)
            if step >= 60 and run.head.branch != "main":
                found.append(on.replay(f"{seed}/{step} looked at again", run, truth_of(run, own)))
                if again.shown:
                    found.append(on.replay(f"{seed}/{step} again", again, truth_of(again, own)))
    return found


def happened(
    on: World, random: Random, flaky: Sequence[Fault], landed: list[Fault], step: int
) -> tuple[Run, list[Fault]]:
    """One thing that people do, with its run and the faults that are the doer's own."""
    kind = random.random()
    if kind < 0.35:
        return pushed(on, random, landed, step), []
    event = "pull_request" if random.random() < 0.7 else "push"
    own: list[Fault] = []
    files = ["src/a.py"]
    if kind < 0.6:
        own = [Fault(f"own_{step}", f"tests/test_own_{step % 7}.py")]
    elif kind < 0.65 and landed:
        # A reverted change, tried once more; there are two tries of each at most.
        own = [landed.pop(random.randrange(len(landed)))]
    elif kind < 0.67:
        # The change truly breaks what was known to be flaky: the message is the same.
        known = random.choice(flaky)
        own = [replace(known, chance=1.0)]
        files.append(known.path)
    heads = [run.head for run in on.runs[-20:] if run.head.branch != "main"]
    if kind > 0.92 and heads:
        below = random.choice(heads)
        inherited = [fault for fault in below.faults if fault.name.startswith("own_")]
        return on.run(on.commit(below, f"b{step}", files=files), event), inherited
    begun = list(on.main.line())[min(random.choice([0, 0, 0, 1, 2]), step // 40)]
    return on.run(on.commit(begun, f"b{step}", adds=own, files=files), event), own


def pushed(on: World, random: Random, landed: list[Fault], step: int) -> Run:
    """Main moves: mostly well, sometimes broken, and mended a little later."""
    broken = [fault for fault in on.main.faults if fault.name.startswith("base_")]
    if broken and random.random() < 0.4:
        head = on.commit(on.main, "main", mends=broken)
    elif not broken and random.random() < 0.15:
        fault = Fault(f"base_{step}", f"tests/test_base_{step % 5}.py")
        landed += [fault, fault]
        head = on.commit(on.main, "main", adds=[fault])
    else:
        head = on.commit(on.main, "main")
    chance = random.random
    return on.run(head, finished=chance() > 0.04, ran=chance() > 0.05, read=chance() > 0.03)


def test_not_yours_is_rarely_said_wrongly_and_mostly_said_where_it_is_true() -> None:
    counts = Counter((replay.truth, judge(replay.diagnosis, replay.history).verdict) for replay in replays())
    excused = {Verdict.BASE, Verdict.FLAKY, Verdict.INFRASTRUCTURE}
    said = sum(count for (_, told), count in counts.items() if told in excused)
    right = sum(count for (truth, told), count in counts.items() if told in excused and truth == NOT_YOURS)
    true = sum(count for (truth, _), count in counts.items() if truth == NOT_YOURS)
    assert len(replays()) >= 200
    assert sum(replay.truth == YOURS for replay in replays()) >= 200
    assert right / said >= 0.98, counts
    assert right / true >= 0.8, counts


def test_a_missing_log_is_unknown_in_every_world() -> None:
    told = {judge(replay.diagnosis, replay.history, log_missing=True).verdict for replay in replays()}
    assert told == {Verdict.UNKNOWN}
