"""Honest answers to real failures pass whole; each of thousands of lying ones is caught."""

from dataclasses import replace

import pytest

from agents.draft import Claim, FileQuote, LogQuote
from agents.engine import FixRequest
from agents.grounding import ground
from agents.prompt import build_prompt
from analysis.analyze import analyze
from analysis.diagnosis import Category
from analysis.edits import SourceFile
from tests.agents.honest import Honest, honest_answers, log_of
from tests.agents.mutations import CLAIMS, SENTENCES, STATEMENT, ClaimMutation, SentenceMutation


def test_honest_answers_pass_whole() -> None:
    honest = honest_answers()
    assert len(honest) >= 200
    assert sum(one.draft.fix for one in honest) >= 100
    assert [one.name for one in honest if not _is_whole(one)] == []


def _is_whole(honest: Honest) -> bool:
    kept, draft = honest.judged(), honest.draft
    told = (kept.summary, kept.root_cause, kept.risk, kept.prevention)
    return (
        (kept.claims, kept.edits, kept.confidence, kept.dropped) == (draft.claims, draft.edits, 0.8, ())
        and told == (draft.summary, draft.root_cause, draft.risk, draft.prevention)
        and kept.category is Category.TEST
    )


@pytest.mark.parametrize("mutation", CLAIMS, ids=lambda one: one.__name__)
def test_a_claim_that_lies_is_dropped_and_costs_confidence(mutation: ClaimMutation) -> None:
    lies = [(honest, claim) for honest in honest_answers() for claim in mutation(honest)]
    believed = [(one.name, claim) for one, claim in lies if not _is_dropped(one, claim)]
    assert len(lies) >= 30
    assert believed == []


def _is_dropped(honest: Honest, claim: Claim) -> bool:
    draft = replace(honest.draft, edits=())
    kept = honest.judged(replace(draft, claims=(*draft.claims, claim)))
    share = len(draft.claims) / (len(draft.claims) + 1)
    return kept.claims == draft.claims and kept.confidence == draft.confidence * share and len(kept.dropped) == 1


@pytest.mark.parametrize("mutation", CLAIMS, ids=lambda one: one.__name__)
def test_an_answer_of_lies_alone_is_unknown_and_no_fix(mutation: ClaimMutation) -> None:
    for honest in honest_answers()[::7]:
        lies = tuple(mutation(honest))[:3]
        kept = honest.judged(replace(honest.draft, claims=lies))
        assert (kept.claims, kept.edits, kept.confidence, kept.category) == ((), (), 0.0, Category.UNKNOWN)
        assert (kept.summary, kept.root_cause, kept.risk, kept.prevention) == ("", "", "", "")


@pytest.mark.parametrize("mutation", SENTENCES, ids=lambda one: one.__name__)
def test_a_sentence_that_lies_is_not_published_and_the_rest_is(mutation: SentenceMutation) -> None:
    lies = [(honest, sentence) for honest in honest_answers() for sentence in mutation(honest)]
    published = [(one.name, sentence) for one, sentence in lies if not _is_left_out(one, sentence)]
    assert len(lies) >= 100
    assert published == []


def _is_left_out(honest: Honest, lie: str) -> bool:
    """Say it in every field; advice may name a tool that did not run."""
    draft = replace(honest.draft, summary=honest.draft.summary + ".", edits=())
    advice = draft.prevention if "reported by" in lie else f"{draft.prevention} {lie}"
    kept = honest.judged(
        replace(
            draft,
            summary=f"{draft.summary} {lie}",
            root_cause=f"{draft.root_cause} {lie}",
            risk=f"{draft.risk} {lie}",
            prevention=advice,
        )
    )
    told = (kept.summary, kept.root_cause, kept.risk, kept.prevention)
    return bool(kept.dropped) and told == (draft.summary, draft.root_cause, draft.risk, draft.prevention)


TOKEN = "ghp_" + "a1B2" * 9


@pytest.mark.parametrize("quote", [f'TOKEN = "{TOKEN}"', 'TOKEN = "***"', "TOKEN", TOKEN])
def test_no_claim_rests_on_what_was_redacted(quote: str) -> None:
    log = f'E   assert 5 == 6\nTOKEN = "{TOKEN}"\nFAILED test_a.py::test_a - assert 5 == 6\n'
    found = analyze([log.encode()])
    files = {"a.py": SourceFile("a.py", f'TOKEN = "{TOKEN}"\n'.encode(), "")}
    prompt = build_prompt(FixRequest((found,), files, "octo/app", "a" * 40))
    line = next(number for number, text in log_of(found).items() if text.startswith("TOKEN"))
    claims = (Claim(STATEMENT, (LogQuote(line, quote),)), Claim(STATEMENT, files=(FileQuote("a.py", 1, quote),)))
    honest = Claim(STATEMENT, (LogQuote(3, "FAILED test_a.py::test_a - assert 5 == 6"),))
    draft = replace(honest_answers()[0].draft, claims=(honest, *claims), edits=(), summary=f"Take {TOKEN} out")
    kept = ground(draft, prompt, files)
    assert kept.claims == (honest,)
    assert kept.summary == "Take *** out"
    assert TOKEN not in prompt.text


def test_makes_own_stars_are_no_mask() -> None:
    log = "gcc -c a.c\nmake: *** [Makefile:3: all] Error 1\n"
    prompt = build_prompt(FixRequest((analyze([log.encode()]),), {}, "octo/app", "a" * 40))
    claim = Claim(STATEMENT, (LogQuote(2, "make: *** [Makefile:3: all] Error 1"),))
    assert ground(replace(honest_answers()[0].draft, claims=(claim,), edits=()), prompt, {}).claims == (claim,)
