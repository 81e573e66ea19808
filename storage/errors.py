"""What storage raises, so that a reader knows what to catch.

StorageError
├── DatabaseUnavailable (also a ConnectionError)   the server cannot be reached, or the connection to it broke
├── EmbeddedError                                  the embedded server cannot be started in its folder
└── MigrationError                                 the schema on the server and the files in migrations/ disagree

Every message says what was wrong, where, and what to do; none carries a password.
"""


class StorageError(Exception):
    """The root of this room's errors."""


class DatabaseUnavailable(StorageError, ConnectionError):
    """PostgreSQL cannot be reached or hung up. Trying again later may help; nothing was half written.

    It is a `ConnectionError` too, so that rooms that may not import storage can tell it from a bug.
    """


class EmbeddedError(StorageError):
    """The embedded PostgreSQL cannot run in the folder it was given."""


class MigrationError(StorageError):
    """The database's schema and this program's migrations do not belong together."""
