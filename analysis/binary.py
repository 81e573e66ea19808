"""What is no log at all, told by its first bytes."""

SNIFFED_BYTES = 8192
"""How much of the start is looked at."""
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def is_binary(head: bytes) -> bool:
    """Whether a file that begins like this is no text: a log may hold NULs, but does not begin with many."""
    head = head[:SNIFFED_BYTES]
    return head.count(0) > len(head) // 20 and not head.startswith(_UTF16_MARKS)
