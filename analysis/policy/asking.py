"""Which lines of a test say what is expected, in the words of many languages' test libraries."""

import re
from collections.abc import Sequence

from analysis.policy.model import Change

_ASSERTING = re.compile(
    r"^\s*(assert\b|(self\.|cls\.)?(assert|fail)[A-Z_]\w*\(|(async\s+)?with\s+(self\.)?(pytest\.)?(raises|warns|assertRaises\w*|assertWarns\w*)"
    r"|(await\s+|return\s+)?expect\(|expect[\s({.]|assert[.!({]|assert_\w+!?[\s({]|refute|debug_assert|(require|assert|is|qt)\.[A-Z]\w*\("
    r"|[tb]\.(Error|Fatal|Fail)\w*\(|panic!|unreachable!|Assert\.|Assertions\.|\$this->(assert|expect|should)|(self::|static::)assert"
    r"|(EXPECT|ASSERT|CHECK|REQUIRE|BOOST_(CHECK|REQUIRE|TEST))_?\w*\(|XCTAssert|#expect|#require|should\b|is_expected|verify\(|must_"
    r"|Truth\.|assertThat|\[+\s+[\"$!-]|test\s+\"?\$|ok\(|is\(|is_deeply\(|diag\(|then:|ck_assert|TEST_ASSERT)"
    r"|\.should[.(]|\.(must|wont)_\w+|\.to(Be|Equal|Have|Match|Throw|Contain|StrictEqual)\w*\(|\.(raises|assertRaises)\(|\bexpect\(.*\)\.\w+"
    r"|\bassert\.\w+\(|\.rejects\b|\.resolves\b|raise_error|\bassert(That|Equals|Throws|True|False|Null|NotNull|All)\w*\("
)
_GO_ASSERTS = re.compile(
    r"^\s*(\}\s*else\s+)?if\s.*([!=<>]=|<|>|\berr\b|!\w|\.(Equal|DeepEqual|Is|Contains)\().*\{\s*$"
)
_EXACT = re.compile(
    r"(?<![=!<>~])===?(?![=~])|\bassert_?(Equals?|CountEqual|DictEqual|ListEqual|SetEqual|TupleEqual|MultiLineEqual|Is|Same|eq|equal|Array\w*)\b"
    r"|assert(?!\w*Not)\w*Equals?\w*\(|\.to(Be|Equal|StrictEqual|Have\w+)\(|assert_eq|assert_equal|\bto\s+(eq|eql|equal|match_array|contain_exactly)\b"
    r"|\.(Equal|Exactly|AreEqual|DeepEqual|deepEqual|deepStrictEqual|strictEqual|equal|eql|ElementsMatch|JSONEq|EqualValues|EqualError)\("
    r"|(EXPECT|ASSERT|CHECK|REQUIRE)_(STR|FLOAT|DOUBLE)?(CASE)?EQ\b|is(Same|Equal)\w*To\(|\beq\(|contains?Exactly\w*\(|must_equal|is_deeply\("
    r"|assertSame\(|XCTAssertEqual\w*\(|^\s*\[+\s.*\s=\s|\bassertIs\(|hasSize\(|Should\(\)\.Be\(|EqualTo\(|toHave(Length|BeenCalledWith|BeenCalledTimes|Text|Value)\("
)
_GO_EXACT = re.compile(r"^\s*(\}\s*else\s+)?if\s.*(!=|==|DeepEqual|!\w+\.Equal).*\{\s*$")
_EXPECTED = re.compile(
    r"^\s*(\w+\s+)*[\"']?(want|wanted|expect|expected|golden|exp|should)\w*[\"']?\s*(:=|=|:)", re.IGNORECASE
)


def asserting_lines(change: Change, lines: Sequence[str]) -> list[str]:
    """Give the lines that assert; in Go that is a comparison, behind which the test is failed."""
    in_go = change.name.endswith("_test.go")
    return [line for line in lines if _ASSERTING.search(line) or (in_go and _GO_ASSERTS.search(line))]


def exact_count(change: Change, lines: Sequence[str]) -> int:
    """Count the lines that leave one answer."""
    in_go = change.name.endswith("_test.go")
    return sum(1 for line in lines if _EXACT.search(line) or (in_go and _GO_EXACT.search(line)))


def says_what_is_expected(change: Change, line: str) -> bool:
    """Whether a line asserts, or gives a name such as `want` its value."""
    return bool(asserting_lines(change, [line])) or _EXPECTED.search(line) is not None


def squeezed(lines: Sequence[str]) -> str:
    """Give the text without what formatters change: blanks, the kind of quotes, commas and semicolons at ends."""
    text = "".join("".join(lines).split()).replace("'", '"')
    return re.sub(r"[,;]+(?=[)\]}]|$)", "", text).replace(";", "")
