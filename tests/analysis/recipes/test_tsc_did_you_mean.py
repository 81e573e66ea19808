import pytest

from analysis.recipes.slip import is_slip
from tests.analysis.recipes.told import mended

UNKNOWN_KEY = (
    "1,16): error TS2561: Object literal may only specify known properties, but 'pricee' does not exist in type 'A'. "
    "Did you mean to write 'price'?"
)


@pytest.mark.parametrize(
    ("line", "said", "after"),
    [
        (
            "a.lenght;",
            "1,3): error TS2551: Property 'lenght' does not exist on type 'A[]'. Did you mean 'length'?",
            "a.length;",
        ),
        ("totla();", "1,1): error TS2552: Cannot find name 'totla'. Did you mean 'total'?", "total();"),
        (
            "const a: A = { pricee: 1 };",
            UNKNOWN_KEY,
            "const a: A = { price: 1 };",
        ),
        (
            'const a: A = "quikc";',
            "1,7): error TS2820: Type '\"quikc\"' is not assignable to type 'A'. Did you mean '\"quick\"'?",
            None,
        ),
        (
            "a.lenght;",
            "1,4): error TS2551: Property 'lenght' does not exist on type 'A[]'. Did you mean 'length'?",
            None,
        ),
        (
            "a.lenghts;",
            "1,3): error TS2551: Property 'lenght' does not exist on type 'A'. Did you mean 'length'?",
            None,
        ),
        ("a.prices;", "1,3): error TS2551: Property 'prices' does not exist on type 'A'. Did you mean 'price'?", None),
        ("a.item1;", "1,3): error TS2551: Property 'item1' does not exist on type 'A'. Did you mean 'item2'?", None),
        ("a.sum;", "1,3): error TS2551: Property 'sum' does not exist on type 'A'. Did you mean 'some'?", None),
        (
            "const a: A = { pricee };",
            UNKNOWN_KEY,
            None,
        ),
    ],
    ids=[
        "a property",
        "a name",
        "a key",
        "a value placed at its variable",
        "another column",
        "part of a name",
        "a plural",
        "another number",
        "another word",
        "a shorthand",
    ],
)
def test_a_name_that_is_a_slip_of_the_one_suggested_is_corrected(line: str, said: str, after: str | None) -> None:
    text = mended("tsc", f"src/cart.ts({said}", {"src/cart.ts": line + "\n"}).get("src/cart.ts")
    assert text == (None if after is None else after + "\n")


@pytest.mark.parametrize(
    ("written", "meant", "slip"),
    [
        ("lenght", "length", True),
        ("totlOf", "totalOf", True),
        ("userid", "userId", True),
        ("adress", "address", True),
        ("max", "min", False),
        ("width", "height", False),
        ("read", "head", True),
        ("user", "users", False),
        ("id", "ids", False),
    ],
)
def test_a_slip_is_a_letter_or_two(written: str, meant: str, slip: bool) -> None:
    assert is_slip(written, meant) is slip
