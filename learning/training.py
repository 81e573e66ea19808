"""From an installation's outcomes to its model: how much levels borrow, and a regression where it proves itself.

A model is judged on later data only: it is made from the decisions before a moment, and tried on the fixes that were
proposed after it, each with what was known at its own proposal. A regression is kept as it was tried; where there is
none, how much levels borrow is estimated from all there is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from learning.calibration import Scores, scores
from learning.features import vector
from learning.history import Example, examples, known_at
from learning.model import Evaluation, Model, Regression
from learning.regression import apply, fit
from learning.shrinkage import ENOUGH, Strengths, chain, enough, strengths_of
from storage.outcomes import Outcome, Said

ENOUGH_TO_FIT = 200
"""Outcomes: 70 % of them are ten for each of the 14 features (Peduzzi et al. 1996,
https://doi.org/10.1016/S0895-4356(96)00236-3), and 60 are left to judge by."""
_BEFORE = 0.7
"""Of the outcomes train, the later ones judge."""
_FEWEST_ALIKE = 5
"""Successes, and failures, among those that train and those that judge: a rate of 0 or 1 teaches no difference."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A model, what it was worth, and the outcomes that it was made from: their number and the newest event of them."""

    model: Model
    evaluation: Evaluation
    outcomes: int
    through_event: int


@dataclass(frozen=True, slots=True)
class _Split:
    """The fixes that were decided before a moment, those that were proposed after it, and what was shared before it."""

    before: tuple[Example, ...]
    later: tuple[Example, ...]
    strengths: Strengths
    outcomes: int


def due(outcomes: int, new: int) -> bool:
    """Whether so many new decisions make a new model of an installation whose last one was made from `outcomes`."""
    return new >= max(ENOUGH, outcomes // 10)


def train(outcomes: Sequence[Outcome]) -> Trained | None:
    """The model of an installation; None where it has fewer than `ENOUGH` outcomes. CPU work: call it in a thread."""
    known = examples(outcomes)
    if not enough(sum(one.weight for one in known)):
        return None
    split = _split(outcomes, known)
    regression = _fitted(split)
    evaluation = _evaluation(split, regression)
    if regression is not None and _is_no_worse(evaluation):
        model = Model(split.strengths, regression)
    else:
        model = Model(strengths_of(known_at(outcomes, max(one.decided_at for one in outcomes)).groups()))
    return Trained(model, evaluation, len(known), max(one.fix_event_id for one in outcomes))


def candidate(outcomes: Sequence[Outcome]) -> Model | None:
    """The model with a regression that is tried, whether it proves itself or not; None where there is too little."""
    split = _split(outcomes, examples(outcomes))
    regression = _fitted(split)
    return None if regression is None else Model(split.strengths, regression)


def _split(outcomes: Sequence[Outcome], known: Sequence[Example]) -> _Split:
    """Before and after the moment at which `_BEFORE` of the outcomes were decided; what spans it is in neither."""
    moment = sorted(one.decided_at for one in known)[int(len(known) * _BEFORE) - 1]
    return _Split(
        tuple(one for one in known if one.decided_at <= moment),
        tuple(one for one in known if one.proposed_at > moment),
        strengths_of(known_at(outcomes, moment).groups()),
        len(known),
    )


def _fitted(split: _Split) -> Regression | None:
    if split.outcomes < ENOUGH_TO_FIT:
        return None
    for part in (split.before, split.later):
        good = sum(one.succeeded for one in part)
        if min(good, len(part) - good) < _FEWEST_ALIKE:
            return None
    rows = [vector(one.features, one.tallies, split.strengths) for one in split.before]
    return fit(rows, [one.succeeded for one in split.before], [one.weight for one in split.before])


def _evaluation(split: _Split, regression: Regression | None) -> Evaluation:
    weight = sum(one.weight for one in split.before)
    rate = sum(one.weight for one in split.before if one.succeeded) / weight
    fitted = None
    if regression is not None:
        rows = [vector(one.features, one.tallies, split.strengths) for one in split.later]
        fitted = _scores(split.later, [apply(regression, row) for row in rows])
    return Evaluation(
        n_before=len(split.before),
        n_later=len(split.later),
        shrinkage=_scores(split.later, [chain(one.tallies, split.strengths)[-1].mean for one in split.later]),
        regression=fitted,
        base_rate=_scores(split.later, [rate] * len(split.later)),
    )


def _scores(later: Sequence[Example], said: Sequence[float]) -> Scores | None:
    return scores(
        Said(probability, one.weight if one.succeeded else 0.0, one.weight)
        for one, probability in zip(later, said, strict=True)
    )


def _is_no_worse(evaluation: Evaluation) -> bool:
    fitted, alone = evaluation.regression, evaluation.shrinkage
    return fitted is not None and alone is not None and fitted.brier <= alone.brier
