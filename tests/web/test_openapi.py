"""The document that describes the API is made from what the API does, and is a valid one."""

import re

import jsonschema_rs
import pytest

from tests.web.desk import Desk
from tests.web.listening import listening
from web.api.beside import BESIDE, Beside
from web.api.openapi import document
from web.api.operation import Operation
from web.api.operations import OPERATIONS

Schema = dict[str, object]
ROUTES: list[Operation | Beside] = [*OPERATIONS, *BESIDE]


@pytest.fixture(scope="module")
def described() -> dict[str, dict[str, dict[str, Schema]]]:
    return document(OPERATIONS, BESIDE)  # type: ignore[return-value]  # JSON, as deep as the tests look


def test_every_operation_is_described_and_every_reference_leads_somewhere(
    described: dict[str, dict[str, dict[str, Schema]]],
) -> None:
    told = {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}
    assert told == {(one.method, one.path) for one in ROUTES}
    named = set(re.findall(r"#/components/schemas/(\w+)", repr(described)))
    assert named <= described["components"]["schemas"].keys()


def test_no_schema_has_what_json_schema_does_not_know(described: dict[str, dict[str, dict[str, Schema]]]) -> None:
    for schema in described["components"]["schemas"].values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


async def test_every_answer_is_as_the_document_has_it(opened: Desk) -> None:
    seeded = await opened.seeded()
    token = await opened.token("mona")
    served = (await opened.call("GET", "/openapi.json")).json()
    for one in OPERATIONS:
        answer = await opened.call(one.method, seeded.path_of(one), token, json=seeded.bodies.get(one.name))
        assert answer.status_code < 500, (one.name, answer.text)
        told = served["paths"][one.path][one.method.lower()]["responses"][str(answer.status_code)]["content"]
        kind = answer.headers["content-type"].partition(";")[0]
        assert kind in told
        content = told[kind]
        if not kind.endswith("json"):
            assert content["schema"] == {"type": "string"}
            continue
        whole = {**content["schema"], "components": served["components"]}
        jsonschema_rs.validator_for(whole).validate(answer.json())


async def test_probes_and_live_events_are_as_the_document_has_them(opened: Desk) -> None:
    served = (await opened.call("GET", "/openapi.json")).json()

    def check(schema: Schema, value: object) -> None:
        jsonschema_rs.validator_for({**schema, "components": served["components"]}).validate(value)

    for path in ("/health", "/ready"):
        answer = await opened.call("GET", path)
        content = served["paths"][path]["get"]["responses"][str(answer.status_code)]["content"]
        check(content["application/json"]["schema"], answer.json())
    stream = served["paths"]["/events"]["get"]["responses"]["200"]["content"]["text/event-stream"]["schema"]
    async with listening(opened, await opened.token("reader")) as heard:
        await opened.fix()
        for event in await heard.until("fix", "proposed"):
            check(stream["contentSchema"], event)


async def test_the_page_about_the_api_names_every_operation(opened: Desk) -> None:
    page = (await opened.call("GET", "/docs")).text
    for one in ROUTES:
        assert f"<code>{one.method} {one.path}</code>" in page
