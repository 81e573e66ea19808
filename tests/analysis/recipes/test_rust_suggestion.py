import pytest

from tests.analysis.recipes.told import mended

UNUSED = """error: unused imports: `Debug` and `Display`
 --> src/main.rs:2:16
  |
2 | use std::fmt::{Debug, Display};
  |                ^^^^^  ^^^^^^^
  |
  = note: `-D unused-imports` implied by `-D warnings`

"""
IMPORT = """error[E0433]: cannot find type `HashMap` in this scope
 --> src/main.rs:4:13
  |
4 |     let _ = HashMap::<u8, u8>::new();
  |             ^^^^^^^ use of undeclared type `HashMap`
  |
help: consider importing this struct
  |
1 + use std::collections::HashMap;
  |

"""
SIMILAR = """error[E0425]: cannot find value `totl` in this scope
 --> src/main.rs:3:20
  |
3 |     println!("{}", totl);
  |                    ^^^^
  |
help: a local variable with a similar name exists
  |
3 |     println!("{}", total);
  |                       +

"""
OLD_SIMILAR = """error[E0425]: cannot find value `totl` in this scope
 --> src/main.rs:3:20
  |
3 |     println!("{}", totl);
  |                    ^^^^ help: a local variable with a similar name exists: `total`

"""
TILDE = """error[E0425]: cannot find value `totl` in this scope
 --> src/main.rs:3:20
  |
3 |     println!("{}", totl);
  |                    ^^^^
  |
help: a local variable with a similar name exists
  |
3 |     println!("{}", total);
  |                    ~~~~~

"""
RETURN = """error: unneeded `return` statement
 --> src/main.rs:2:5
  |
2 |     return n;
  |     ^^^^^^^^
  |
  = help: for further information visit https://rust-lang.github.io/rust-clippy/rust-1.95.0/index.html#needless_return
  = note: `-D clippy::needless-return` implied by `-D warnings`
help: remove `return`
  |
2 -     return n;
2 +     n
  |

"""
LENGTH = """error: length comparison to zero
 --> src/main.rs:2:5
  |
2 |     n.len() == 0
  |     ^^^^^^^^^^^^ help: using `is_empty` is clearer and more explicit: `n.is_empty()`
  |
  = help: for further information visit https://rust-lang.github.io/rust-clippy/rust-1.95.0/index.html#len_zero

"""
MUTABLE = """error[E0384]: cannot assign twice to immutable variable `n`
 --> src/main.rs:3:5
  |
2 |     let n = 0;
  |         - first assignment to `n`
3 |     n = 1;
  |     ^^^^^ cannot assign twice to immutable variable
  |
help: consider making this binding mutable
  |
2 |     let mut n = 0;
  |         +++

"""
MUT = """error: variable does not need to be mutable
 --> src/main.rs:2:9
  |
2 |     let mut n = 0;
  |         ----^
  |         |
  |         help: remove this `mut`
  |
  = note: `-D unused-mut` implied by `-D warnings`

"""
TWO = """error[E0433]: cannot find type `Display` in this scope
 --> src/main.rs:2:5
  |
2 |     Display::fmt();
  |     ^^^^^^^ use of undeclared type `Display`
  |
help: consider importing one of these items
  |
1 + use std::fmt::Display;
  |
1 + use std::path::Display;
  |

"""
UNDERSCORE = """error: unused variable: `n`
 --> src/main.rs:2:9
  |
2 |     let n = 3;
  |         ^ help: if this is intentional, prefix it with an underscore: `_n`
  |
  = note: `-D unused-variables` implied by `-D warnings`

"""
CONVERSION = """error[E0308]: mismatched types
 --> src/main.rs:2:21
  |
2 |     let s: String = "abc";
  |            ------   ^^^^^ expected `String`, found `&str`
  |            |
  |            expected due to this
  |
help: try using a conversion method
  |
2 |     let s: String = "abc".to_string();
  |                          ++++++++++++

"""
TOTAL = 'fn main() {\n    let total = 3;\n    println!("{}", totl);\n}\n'


def rust(printed: str, text: str) -> str | None:
    log = f"    Checking shop v0.1.0 (/home/runner/work/shop/shop)\n{printed}error: could not compile `shop`"
    return mended("cargo clippy -- -D warnings", log, {"src/main.rs": text}).get("src/main.rs")


@pytest.mark.parametrize(
    ("printed", "text", "after"),
    [
        (UNUSED, "use std::env;\nuse std::fmt::{Debug, Display};\n", "use std::env;\n"),
        (
            UNUSED,
            "use std::env;\nuse std::fmt::{Debug, Display, Write};\n",
            "use std::env;\nuse std::fmt::Write;\n",
        ),
        (
            IMPORT,
            "use std::env;\n\nfn main() {\n    let _ = HashMap::<u8, u8>::new();\n}\n",
            "use std::collections::HashMap;\nuse std::env;\n\nfn main() {\n    let _ = HashMap::<u8, u8>::new();\n}\n",
        ),
        (SIMILAR, TOTAL, TOTAL.replace("totl", "total")),
        (OLD_SIMILAR, TOTAL, TOTAL.replace("totl", "total")),
        (TILDE, TOTAL, TOTAL.replace("totl", "total")),
        (RETURN, "fn f(n: u8) -> u8 {\n    return n;\n}\n", "fn f(n: u8) -> u8 {\n    n\n}\n"),
        (LENGTH, "fn f(n: &str) -> bool {\n    n.len() == 0\n}\n", "fn f(n: &str) -> bool {\n    n.is_empty()\n}\n"),
        (MUTABLE, "fn main() {\n    let n = 0;\n    n = 1;\n}\n", "fn main() {\n    let mut n = 0;\n    n = 1;\n}\n"),
        (MUT, "fn main() {\n    let mut n = 0;\n}\n", "fn main() {\n    let n = 0;\n}\n"),
    ],
    ids=["unused", "one left", "import", "similar", "as a label", "as tildes", "return", "length", "mutable", "mut"],
)
def test_what_the_compiler_shows_is_done_as_shown(printed: str, text: str, after: str) -> None:
    assert rust(printed, text) == after


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        (TWO, "fn main() {\n    Display::fmt();\n}\n"),
        (UNDERSCORE, "fn main() {\n    let n = 3;\n}\n"),
        (CONVERSION, 'fn main() {\n    let s: String = "abc";\n}\n'),
        (
            SIMILAR.replace("total)", "shelf)").replace("  |                       +", "  |                    ~~~~~"),
            TOTAL,
        ),
        (RETURN, "fn f(n: u8) -> u8 {\n    return m;\n}\n"),
        (LENGTH, "fn f(m: &str) -> bool {\n    m.len() == 0\n}\n"),
        (
            RETURN.removesuffix("\n").replace("help: remove", "help: remove it\nhelp: remove"),
            "fn f() {\n    return m;\n}\n",
        ),
        (UNUSED.replace("error:", "warning:"), "use std::env;\nuse std::fmt::{Debug, Display};\n"),
    ],
    ids=[
        "one of several imports",
        "an underscore",
        "a conversion",
        "another word",
        "another line in the file",
        "another variable in the file",
        "two suggestions",
        "a warning",
    ],
)
def test_what_may_be_meant_otherwise_is_left_alone(printed: str, text: str) -> None:
    assert rust(printed, text) is None
