"""How good predictions are on histories whose probabilities are known: `make bench-prediction` prints the table.

After a history of n outcomes the next 2,000 fixes are predicted from that history alone; each figure is the mean over
ten seeds, `most` the greatest ECE of one. Brier score and AUC compare with what came out, ECE and `off` with the real
probabilities, which only a simulation knows: `off` is the mean distance from them. `base rate` always says the
history's rate, `truth` the real probabilities, `in use` is what the product would say; `regression` is the trained one,
used or not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean

from bench.simulated_fixes import Known, World, outcomes_of
from learning.calibration import scores
from learning.history import Counts, known_at
from learning.model import Model
from learning.prediction import predict
from learning.training import candidate, train
from storage.outcomes import FixFeatures, Said

SIZES = (50, 200, 1_000, 5_000)
LATER = 2_000
SEEDS = 10

Say = Callable[[FixFeatures], float]


@dataclass(frozen=True, slots=True)
class Figures:
    """What one way of saying was worth on one history."""

    ece: float
    brier: float
    auc: float
    off: float


def predictors(history: Sequence[Known]) -> dict[str, Say]:
    """Every way of saying how probable a fix's success is, after a history."""
    outcomes = outcomes_of(history)
    counts = known_at(outcomes, max(one.decided_at for one in outcomes))
    rate = mean(one.succeeded for one in outcomes)
    trained = train(outcomes)
    model = Model() if trained is None else trained.model
    ways: dict[str, Say] = {
        "base rate": lambda _: rate,
        "shrinkage": _said(counts, Model(model.strengths)),
        "in use": _said(counts, model),
    }
    tried = candidate(outcomes)
    if tried is not None:
        ways["regression"] = _said(counts, tried)
    return ways


def figures(say: Say, later: Sequence[Known]) -> Figures:
    """What a way of saying was worth on what came later."""
    said = [(say(one.outcome.features), one) for one in later]
    found = scores(Said(p, float(one.outcome.succeeded), 1.0) for p, one in said)
    real = scores(Said(p, one.probability, 1.0) for p, one in said)
    if found is None or real is None:
        raise ValueError("nothing came later")
    off = mean(abs(p - one.probability) for p, one in said)
    return Figures(real.ece, found.brier, found.auc or 0.5, off)


def compare(seed: int, n: int) -> dict[str, Figures]:
    """One history of `n` outcomes: every way, and the truth."""
    world = World(seed)
    history, later = world.history(n), world.history(LATER)
    found = {name: figures(say, later) for name, say in predictors(history).items()}
    real = {id(one.outcome.features): one.probability for one in later}
    return {**found, "truth": figures(lambda features: real[id(features)], later)}


def _said(counts: Counts, model: Model) -> Say:
    def say(features: FixFeatures) -> float:
        made = predict(features, counts.tallies(features), model, None)
        return 0.5 if made is None else made.confidence.probability

    return say


def main() -> None:
    """Print the table."""
    print(f"{'n':>6}  {'':<11} {'ECE':>6} {'most':>6} {'Brier':>6} {'AUC':>6} {'off':>6}  histories")
    for n in SIZES:
        every = [compare(seed, n) for seed in range(SEEDS)]
        for name in ("base rate", "shrinkage", "regression", "in use", "truth"):
            found = [one[name] for one in every if name in one]
            if found:
                print(f"{n:>6}  {name:<11} {_row(found)}  {len(found)}")


def _row(found: Sequence[Figures]) -> str:
    columns = (
        mean(one.ece for one in found),
        max(one.ece for one in found),
        mean(one.brier for one in found),
        mean(one.auc for one in found),
        mean(one.off for one in found),
    )
    return " ".join(f"{column:>6.3f}" for column in columns)


if __name__ == "__main__":
    main()
