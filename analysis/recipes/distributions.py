"""Which distribution brings a module: those that are so well known that no name is guessed."""

_ALIKE = """
aiofiles aiohttp alembic altair anyio arrow asgiref asyncpg babel bcrypt black bleach bokeh boto3 botocore
cachetools celery certifi chardet click cloudpickle colorama coverage cryptography cycler cython dask
databases deepdiff diskcache distro django docker docopt docutils duckdb environs faker fastapi fastavro
filelock flask freezegun fsspec gensim gevent gunicorn h5py httpcore httptools httpx humanize hypothesis idna
imageio itsdangerous jinja2 jmespath joblib jsonpath_ng jsonschema keras langchain lightgbm loguru lxml mako
markdown markupsafe marshmallow matplotlib mistune mock moto motor more_itertools msgpack msgspec multidict
mypy networkx nltk nox numba numpy openai openpyxl orjson packaging pandas paramiko parso passlib pathspec
pendulum pexpect pika platformdirs playwright plotly pluggy polars prometheus_client psutil psycopg psycopg2
pyarrow pycparser pydantic pydantic_settings pygments pymongo pymysql pyparsing pytest pytest_asyncio
pytest_mock redis regex requests requests_mock requests_oauthlib requests_toolbelt responses respx rich ruff
scipy seaborn selenium setuptools simplejson six sniffio sortedcontainers soupsieve spacy sphinx sqlalchemy
sqlmodel starlette statsmodels streamlit structlog sympy tabulate tenacity termcolor tiktoken time_machine
toml tomli tomlkit toolz torch torchvision tornado tox tqdm transformers trio typer typing_extensions tzdata
tzlocal ujson urllib3 uvicorn uvloop watchdog watchfiles websockets werkzeug wrapt wtforms xgboost xlrd
xlsxwriter xmltodict yarl zstandard
"""
_SAME = frozenset(_ALIKE.split())
_OTHER = {
    "Crypto": "pycryptodome",
    "OpenSSL": "pyopenssl",
    "PIL": "pillow",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "django_filters": "django-filter",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "factory": "factory-boy",
    "fitz": "pymupdf",
    "git": "gitpython",
    "jose": "python-jose",
    "jwt": "pyjwt",
    "magic": "python-magic",
    "markdown_it": "markdown-it-py",
    "multipart": "python-multipart",
    "pptx": "python-pptx",
    "pytz": "pytz",
    "rest_framework": "djangorestframework",
    "ruamel": "ruamel.yaml",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "slugify": "python-slugify",
    "socks": "pysocks",
    "usb": "pyusb",
    "yaml": "pyyaml",
    "zmq": "pyzmq",
}


def distribution_of(module: str) -> str | None:
    """Name the distribution that brings a top-level module; None for one that is not known for sure."""
    if module in _OTHER:
        return _OTHER[module]
    return module.replace("_", "-") if module in _SAME else None
