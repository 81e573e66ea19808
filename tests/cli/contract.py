"""The shape of `ci-fixer analyze --json`, key by key; what other programs build on."""

from typing import Any

from jsonschema_rs import Draft202012Validator

LINE = {"type": "integer", "minimum": 1}
MAYBE_LINE = {"type": ["integer", "null"], "minimum": 0}
MAYBE_TEXT = {"type": ["string", "null"]}
CATEGORIES = [
    *("test", "compile", "type_check", "lint", "format", "dependency", "docker", "config", "permission", "timeout"),
    *("resource", "network", "infrastructure", "deploy", "unknown"),
]


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


SCHEMA = _object(
    {
        "schema": {"const": 1},
        "lines": LINE,
        "bytes": {"type": "integer", "minimum": 1},
        "category": {"enum": CATEGORIES},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        "tool": MAYBE_TEXT,
        "step": MAYBE_TEXT,
        "exit_code": {"type": ["integer", "null"]},
        "headline": {"type": "string", "maxLength": 300},
        "root_line": _object({"line": LINE, "text": {"type": "string"}}),
        "locations": {
            "type": "array",
            "items": _object(
                {
                    "path": {"type": "string", "minLength": 1},
                    "line": MAYBE_LINE,
                    "column": MAYBE_LINE,
                    "end_line": MAYBE_LINE,
                    "level": {"enum": ["error", "warning", "note"]},
                    "message": {"type": "string"},
                    "rule": MAYBE_TEXT,
                    "tool": {"type": "string"},
                    "log_line": LINE,
                }
            ),
        },
        "failed_tests": {"type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": True},
        "fingerprint": {"type": "string", "pattern": "^[^: ]+:[0-9a-f]{16}$"},
        "redactions": {"type": "integer", "minimum": 0},
        "evidence": _object(
            {
                "budget_tokens": {"type": "integer", "minimum": 50},
                "tokens": {"type": "integer", "minimum": 0},
                "blocks": {
                    "type": "array",
                    "items": _object(
                        {
                            "start": LINE,
                            "end": LINE,
                            "score": {"type": "number", "minimum": 0, "maximum": 1},
                            "text": {"type": "string"},
                        }
                    ),
                },
            }
        ),
    }
)

VALIDATOR = Draft202012Validator(SCHEMA)


def assert_contract(answer: object) -> None:
    """Check every key and type, and that there is no other."""
    VALIDATOR.validate(answer)


def assert_whole(answer: dict[str, Any], log: bytes, budget: int) -> None:
    """Check what the parts say of each other and of the log: sizes, order, budget."""
    evidence = answer["evidence"]
    assert answer["bytes"] == len(log)
    assert answer["lines"] == log.count(b"\n")
    assert evidence["budget_tokens"] == budget
    assert evidence["tokens"] <= budget
    assert sum(len(block["text"]) for block in evidence["blocks"]) <= budget * 4
    ends = [0]
    for block in evidence["blocks"]:
        assert ends[-1] < block["start"] <= block["end"] <= answer["lines"]
        assert block["text"].count("\n") == block["end"] - block["start"]
        ends.append(block["end"])
    assert all(location["log_line"] <= answer["lines"] for location in answer["locations"])
    assert answer["root_line"]["line"] <= answer["lines"]
