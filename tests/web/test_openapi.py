"""The document that describes the API is made from what the API does, and is a valid one."""

import re

import jsonschema_rs
import pytest

from tests.web.desk import QUESTION, Desk
from web.api.openapi import document
from web.api.operations import OPERATIONS

Schema = dict[str, object]


@pytest.fixture(scope="module")
def described() -> dict[str, dict[str, dict[str, Schema]]]:
    return document(OPERATIONS)  # type: ignore[return-value]  # JSON, as deep as the tests look


def test_every_operation_is_described_and_every_reference_leads_somewhere(
    described: dict[str, dict[str, dict[str, Schema]]],
) -> None:
    told = {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}
    assert told == {(one.method, one.path) for one in OPERATIONS}
    named = set(re.findall(r"#/components/schemas/(\w+)", repr(described)))
    assert named <= described["components"]["schemas"].keys()


def test_no_schema_has_what_json_schema_does_not_know(described: dict[str, dict[str, dict[str, Schema]]]) -> None:
    for schema in described["components"]["schemas"].values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


async def test_every_answer_is_as_the_document_has_it(opened: Desk) -> None:
    fix_id, question = await opened.fix(), await opened.question("Why?")
    token = await opened.token("mona")
    served = (await opened.call("GET", "/openapi.json")).json()
    bodies: dict[str, object] = {"respond_to_clarification": {"clarification_id": question, "answer": "So."}}
    for one in OPERATIONS:
        path = one.path.replace("{id}", str(fix_id))
        answer = await opened.call(one.method, path, token, json=bodies.get(one.name))
        told = served["paths"][one.path][one.method.lower()]["responses"][str(answer.status_code)]["content"]
        kind = answer.headers["content-type"].partition(";")[0]
        assert kind in told
        content = told[kind]
        if not kind.endswith("json"):
            assert content["schema"] == {"type": "string"}
            continue
        whole = {**content["schema"], "components": served["components"]}
        jsonschema_rs.validator_for(whole).validate(answer.json())
    assert question == QUESTION


async def test_the_page_about_the_api_names_every_operation(opened: Desk) -> None:
    page = (await opened.call("GET", "/docs")).text
    for one in OPERATIONS:
        assert f"<code>{one.method} {one.path}</code>" in page
