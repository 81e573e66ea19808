from tests.openapi.document import place

# Without the document test_conformance.py is skipped, once, with the words that say how to get it.
collect_ignore = [] if place() else ["test_plugin.py"]
