"""Ways in which an answer lies: each makes, of an honest answer, claims or sentences that are not true.

Whether a quote is elsewhere by chance is looked up here in the plain texts, not by the checker that is tested.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from agents.draft import Claim, FileQuote, LogQuote
from agents.prompt import instructions
from tests.agents.honest import Honest

ClaimMutation = Callable[[Honest], Iterator[Claim]]
SentenceMutation = Callable[[Honest], Iterator[str]]

INVENTED = "the frobnicator is not aligned at offset 7"
STATEMENT = "The log says what is wrong."
# Cyrillic and Greek letters, a dash and a full-width digit that look like what they stand for.
LOOK_ALIKES = {"a": "\u0430", "e": "\u0435", "o": "\u03bf", "c": "\u0441", "p": "\u0440", "-": "\u2010", "1": "\uff11"}


def _log(honest: Honest) -> LogQuote:
    return honest.draft.claims[0].log[0]


def _file(honest: Honest) -> FileQuote | None:
    return honest.draft.claims[1].files[0] if len(honest.draft.claims) > 1 else None


def _says(quote: LogQuote | FileQuote, statement: str = STATEMENT) -> Claim:
    return Claim(statement, (quote,)) if isinstance(quote, LogQuote) else Claim(statement, files=(quote,))


def _quotes(honest: Honest) -> list[LogQuote | FileQuote]:
    shown = _file(honest)
    return [_log(honest)] if shown is None else [_log(honest), shown]


def _both(honest: Honest, change: Callable[[str], str]) -> Iterator[Claim]:
    """Change the words of both quotes, where the change makes others."""
    for quote in _quotes(honest):
        if change(quote.quote).strip() not in quote.quote:
            yield _says(replace(quote, quote=change(quote.quote)))


def invented(honest: Honest) -> Iterator[Claim]:
    return _both(honest, lambda _: INVENTED)


def invented_end(honest: Honest) -> Iterator[Claim]:
    return _both(honest, lambda text: f"{text} since {INVENTED}")


def wrong_line(honest: Honest) -> Iterator[Claim]:
    for step in (-7, -1, 1, 2, 1000):
        said = _log(honest)
        if said.line + step > 0 and said.quote.strip() not in honest.log.get(said.line + step, ""):
            yield _says(replace(said, line=said.line + step))
        shown = _file(honest)
        if shown is None or shown.line + step < 1:
            continue
        if shown.quote.strip() not in "".join(honest.lines[shown.path][shown.line + step - 1 : shown.line + step]):
            yield _says(replace(shown, line=shown.line + step))


def wrong_job(honest: Honest) -> Iterator[Claim]:
    yield _says(replace(_log(honest), job=2))


def wrong_file(honest: Honest) -> Iterator[Claim]:
    shown = _file(honest)
    if shown is None:
        return
    for path in ("nowhere/else.py", "../" + shown.path, shown.path.upper() + "x", "", *honest.lines):
        if shown.quote.strip() not in "".join(honest.lines.get(path, ())[shown.line - 1 : shown.line]):
            yield _says(replace(shown, path=path))


def log_said_to_be_a_file(honest: Honest) -> Iterator[Claim]:
    said = _log(honest)
    for path, lines in honest.lines.items():
        if said.quote.strip() not in "".join(lines[said.line - 1 : said.line]):
            yield _says(FileQuote(path, said.line, said.quote))


def stale_text(honest: Honest) -> Iterator[Claim]:
    """The file as it was before: a name was another, and two lines stood above."""
    shown = _file(honest)
    if shown is None:
        return
    word = max(shown.quote.replace("(", " ").split(), key=len)
    yield _says(replace(shown, quote=shown.quote.replace(word, "old_" + word[::-1])))
    old = ("# Copyright", "", *honest.lines[shown.path])
    yield from (
        _says(FileQuote(shown.path, number, text))
        for number, text in enumerate(old, start=1)
        if len(text.strip()) >= 6 and text.strip() not in "".join(honest.lines[shown.path][number - 1 : number])
    )


def another_tool(honest: Honest) -> Iterator[Claim]:
    known = "\n".join((*honest.log.values(), *honest.prompt.sources.names)).lower()
    for tool in ("eslint", "mypy", "Terraform", "rubocop", "GoReleaser", "cargo test", "Hadolint"):
        if tool.lower() not in known:
            yield _says(_log(honest), f"The failure was reported by {tool}.")


def statement_quotes_what_is_not_there(honest: Honest) -> Iterator[Claim]:
    yield _says(_log(honest), f"It says `{INVENTED}`.")
    yield _says(_log(honest), f"See lib/{honest.name}_gone.py.")


def spliced(honest: Honest) -> Iterator[Claim]:
    said = _log(honest)
    others = [text for number, text in honest.log.items() if number not in range(said.line - 1, said.line + 2)]
    for other in [text for text in others if len(text.strip()) > 12][:2]:
        half = said.quote[: len(said.quote) // 2]
        for glue in (" ", "\n", " ... "):
            yield _says(replace(said, quote=half + glue + other[len(other) // 2 :]))
            yield _says(replace(said, quote=said.quote + glue + other))


def one_character(honest: Honest) -> Iterator[Claim]:
    for quote in _quotes(honest):
        for share in (0.0, 0.3, 0.5, 0.8, 1.0):
            words = quote.quote.strip()
            at = round((len(words) - 1) * share)
            other = "x" if words[at] not in "xX" else "y"
            if words[at] != " ":
                yield _says(replace(quote, quote=words[:at] + other + words[at + 1 :]))
            if words[at].isalpha() and words[at].swapcase() != words[at]:
                yield _says(replace(quote, quote=words[:at] + words[at].swapcase() + words[at + 1 :]))
            if words[at].isdigit():
                yield _says(replace(quote, quote=words[:at] + str((int(words[at]) + 1) % 10) + words[at + 1 :]))


def _replaced(plain: str, other: str, text: str) -> str:
    return text.replace(plain, other, 1)


def _with_inside(hidden: str, text: str) -> str:
    return text.strip()[:3] + hidden + text.strip()[3:]


def look_alikes(honest: Honest) -> Iterator[Claim]:
    for plain, other in LOOK_ALIKES.items():
        yield from _both(honest, partial(_replaced, plain, other))


def hidden_characters(honest: Honest) -> Iterator[Claim]:
    for hidden in ("\u200b", "\u202e", "\u00ad", "\U000e0041"):
        yield from _both(honest, partial(_with_inside, hidden))


def cut_within_a_word(honest: Honest) -> Iterator[Claim]:
    for quote in _quotes(honest):
        words = quote.quote.strip()
        if len(words) > 9 and words[:2].isalpha() and words[1:] not in words[2:]:
            yield _says(replace(quote, quote=words[1:]))


def without_its_not(honest: Honest) -> Iterator[Claim]:
    for number, text in honest.log.items():
        for denied in (" no ", " not ", " cannot "):
            rest = text.partition(denied)[2].strip()
            if len(rest) >= 6 and "***" not in rest and text.count(rest) == 1:
                yield _says(LogQuote(number, rest))


def the_fence(honest: Honest) -> Iterator[Claim]:
    line = _log(honest).line
    for quote in ("```log", "```json\n{", "## Failed job 1 of 1", f"{line}| {_log(honest).quote}"):
        yield _says(LogQuote(line, quote))


def the_instructions(honest: Honest) -> Iterator[Claim]:
    for number, text in list(enumerate(instructions().split("\n"), start=1))[::4]:
        if len(text) > 10:
            yield _says(LogQuote(number, text))
            yield _says(LogQuote(_log(honest).line, text))


def too_little(honest: Honest) -> Iterator[Claim]:
    said = _log(honest)
    for quote in ("", " \n\t ", said.quote.strip()[:3], "\n" * 9):
        yield _says(replace(said, quote=quote))
    yield Claim(STATEMENT)
    yield Claim("", (said,))


def one_of_two_quotes(honest: Honest) -> Iterator[Claim]:
    said = _log(honest)
    yield Claim(STATEMENT, (said, replace(said, quote=INVENTED)))
    yield Claim(STATEMENT, (said,), (FileQuote("gone.py", 1, "import gone"),))


CLAIMS: tuple[ClaimMutation, ...] = (
    invented, invented_end, wrong_line, wrong_job, wrong_file, log_said_to_be_a_file, stale_text, another_tool,
    statement_quotes_what_is_not_there, spliced, one_character, look_alikes, hidden_characters, cut_within_a_word,
    without_its_not, the_fence, the_instructions, too_little, one_of_two_quotes,
)  # fmt: skip


def invented_span(_: Honest) -> Iterator[str]:
    yield from (f"It said {opened}{INVENTED}{closed}." for opened, closed in ("``", '""', "''", "“”", "«»", "„“"))
    yield f"It said ``{INVENTED}``."
    yield f"It said ```{INVENTED}```."


def unclosed_span(honest: Honest) -> Iterator[str]:
    yield f"It said `{INVENTED}"
    if '"' not in _log(honest).quote:
        yield f'It said "{_log(honest).quote.strip()} and more'


def changed_span(honest: Honest) -> Iterator[str]:
    words = _log(honest).quote.strip()
    if "`" in words or not words.isascii():
        return
    yield f"It said `{words[:-1]}\u0430`."
    yield f"It said `{words} {words}`."
    if words[0].isalpha():
        yield f"It said `{words[0].swapcase()}{words[1:]}`."


def spliced_span(honest: Honest) -> Iterator[str]:
    lines = [text.strip() for text in honest.log.values() if len(text.strip()) > 12 and "`" not in text]
    if len(lines) > 3:
        yield f"It said `{lines[0]} {lines[-1]}`."
        yield f"It said `{lines[0]}\n{lines[1]}`."


def file_that_is_not_there(honest: Honest) -> Iterator[str]:
    yield f"The cause is in src/{honest.name}/gone.py."
    yield "The cause is in gone.toml."
    yield "It is read from /etc/gone/passwd.txt."
    yield from (f"The cause is at {path}:99999." for path in list(honest.lines)[:1] if path.endswith((".py", ".js")))


def address(_: Honest) -> Iterator[str]:
    yield "More is at https://example.org/fix."
    yield "Write to mailto:someone@example.org."


def tool_that_did_not_run(honest: Honest) -> Iterator[str]:
    yield from (claim.statement for claim in another_tool(honest))


def words_of_the_instructions(_: Honest) -> Iterator[str]:
    for line in instructions().split("\n")[::3]:
        text = " ".join(word for word in line.replace("`", "").replace('"', "").split() if "." not in word)
        if len(text.split()) > 10:
            yield text + "."


SENTENCES: tuple[SentenceMutation, ...] = (
    invented_span, unclosed_span, changed_span, spliced_span, file_that_is_not_there, address, tool_that_did_not_run,
    words_of_the_instructions,
)  # fmt: skip
