"""The JSON API: operations as data, from which both the routes and the OpenAPI document are made."""
