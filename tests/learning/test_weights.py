"""The one table of weights."""

from learning import weights
from learning.reasons import ReasonKind
from storage.fixes import FixState


def test_every_weight_is_between_nothing_and_all() -> None:
    named = [weights.EDITED, weights.EDITED_ELSEWHERE, weights.REACTION]
    every = [*weights.OF_STATES.values(), *weights.OF_REJECTIONS.values(), *named]
    assert all(0 <= one <= 1 for one in every)


def test_every_class_of_reason_has_a_weight_and_so_has_none() -> None:
    assert weights.OF_REJECTIONS.keys() == {None, *ReasonKind}
    assert [weights.of_rejection(kind) for kind in (ReasonKind.WRONG, ReasonKind.ELSEWHERE)] == [1.0, 0.0]


def test_only_what_was_seen_at_work_teaches_by_itself() -> None:
    teaching = {state for state in FixState if weights.of_state(state)}
    assert teaching == {FixState.VERIFIED, FixState.INEFFECTIVE, FixState.UNDONE}
