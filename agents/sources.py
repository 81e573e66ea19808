"""What a model may quote: the logs' own lines and the files at the head commit, by number, as it is shown them.

Secrets are masked, and characters that people do not see are named.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from agents.engine import FixRequest
from analysis.diagnosis import Diagnosis
from analysis.edits import SourceFile
from analysis.patch import text_of
from analysis.redact import scrub
from analysis.unseen import hides, named

_FILE_BYTES = 1 << 20
"""A larger file is generated or data; no patch of it is made either."""
_BREAKS = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Sources:
    """The logs of the distinct failed jobs, in the request's order, and the text files; lines count from 1.

    `names` are further words of the diagnoses: tools, steps, tests, places. `read` are lines of the failed jobs' logs
    that were read since; which of the jobs, as they are told apart here, is not known of them.
    """

    logs: tuple[Mapping[int, str], ...]
    files: Mapping[str, tuple[str, ...]]
    names: tuple[str, ...]
    read: tuple[Mapping[int, str], ...] = ()

    def file_lines(self, path: str) -> Mapping[int, str]:
        """A file's lines by number; none where the head commit has no such file."""
        return dict(enumerate(self.files.get(path, ()), start=1))

    def with_read(self, files: Mapping[str, SourceFile], logs: Sequence[Mapping[int, str]]) -> "Sources":
        """Know what was read since, too."""
        more = {path: _file_lines(source) for path, source in files.items() if _is_text(source)}
        read = tuple({number: shown(text) for number, text in lines.items()} for lines in logs)
        return replace(self, files={**more, **self.files}, read=(*self.read, *read))


def distinct(diagnoses: Sequence[Diagnosis]) -> tuple[Diagnosis, ...]:
    """The same failure in forty shards counts once."""
    return tuple({diagnosis.fingerprint: diagnosis for diagnosis in reversed(diagnoses)}.values())[::-1]


def sources_of(request: FixRequest) -> Sources:
    """Number everything that a request gives."""
    diagnoses = distinct(request.diagnoses)
    names = [request.repository, *(name for diagnosis in diagnoses for name in _names(diagnosis))]
    return Sources(
        logs=tuple(map(_log_lines, diagnoses)),
        files={path: _file_lines(source) for path, source in request.files.items() if _is_text(source)},
        names=tuple(dict.fromkeys(shown(name) for name in names)),
    )


def shown(text: str) -> str:
    """Strangers' text as a model and a reader may have it; as many lines come out as went in."""
    return named(scrub(text).text)


def unhidden(text: str) -> str:
    """Put a text on one line, without what is not seen; blanks stay as they are, for quotes to be found."""
    joined = " ".join(line.strip() for line in _BREAKS.split(text) if line.strip())
    return "".join(one for one in joined if not hides(one))


def _log_lines(diagnosis: Diagnosis) -> dict[int, str]:
    return {
        block.start + offset: text
        for block in diagnosis.evidence.blocks
        for offset, text in enumerate(shown(block.text).removesuffix("\n").split("\n"))
    }


def _is_text(source: SourceFile) -> bool:
    return b"\0" not in source.content and len(source.content) <= _FILE_BYTES


def _file_lines(source: SourceFile) -> tuple[str, ...]:
    return tuple(shown(text_of(source).removesuffix("\n")).split("\n"))


def _names(diagnosis: Diagnosis) -> list[str]:
    places = [word for place in diagnosis.locations for word in (place.path, place.tool, place.rule)]
    named = [diagnosis.tool, diagnosis.step, diagnosis.headline, diagnosis.category.value, *diagnosis.failed_tests]
    return [word for word in (*named, *places) if word]
