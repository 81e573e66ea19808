"""PostgreSQL: migrations, and one module of SQL an aggregate; rows are frozen dataclasses."""
