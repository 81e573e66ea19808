import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.rates import LEAST, rate


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.27753),
        (10, 10, 0.72247, 1.0),
        (5, 10, 0.23659, 0.76341),
        # Newcombe's example, https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E
        (81, 263, 0.25529, 0.36621),
        (820, 1000, 0.79500, 0.84257),
    ],
)
def test_the_interval_is_wilsons(successes: int, n: int, low: float, high: float) -> None:
    found = rate(successes, n)
    assert found is not None
    assert found.low == pytest.approx(low, abs=1e-4)
    assert found.high == pytest.approx(high, abs=1e-4)


@given(st.integers(0, LEAST - 1).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_fewer_than_ten_are_not_enough_data(counts: tuple[int, int]) -> None:
    assert rate(*counts) is None


@given(st.integers(LEAST, 10**7).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_lies_in_0_to_1(counts: tuple[int, int]) -> None:
    found = rate(*counts)
    assert found is not None
    assert 0 <= found.low <= found.share <= found.high <= 1
    assert found.low < found.high


@given(st.integers(0, 100), st.integers(1, 50))
def test_more_data_of_the_same_share_are_never_less_sure(successes: int, times: int) -> None:
    once, often = rate(successes, 100), rate(successes * times, 100 * times)
    assert once is not None
    assert often is not None
    assert often.high - often.low <= once.high - once.low + 1e-12


@pytest.mark.parametrize(("successes", "n"), [(-1, 10), (11, 10), (1, 0)])
def test_what_is_no_share_is_refused(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        rate(successes, n)
