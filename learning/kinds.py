"""The kind of a fix: the means by which it was made."""


def kind_of(source: str) -> str:
    """`recipe:NAME` as it is, `engine:NAME:MODEL` -> `engine:NAME`, `memory:F12` -> `memory`.

    SQL knows it as `kind_of_fix` (migration 0015); a test holds the two together.
    """
    head, _, rest = source.partition(":")
    if head == "recipe":
        return source
    return f"engine:{rest.partition(':')[0]}" if head == "engine" else head
