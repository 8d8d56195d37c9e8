"""Migrations and models are one schema; migrations run up, down, and twice at once."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, make_url, text

from recruitsmart.domain.schema import metadata
from tests.servers import ROOT, copied_database, empty_database, migrate

VERSIONS = sorted((ROOT / "migrations" / "versions").glob("*.py"))
OURS = {"recruitsmart", "config", "workers", "bot", "tests"}

CATALOGS = {
    "tables": """
        select relname, relkind, relpersistence from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S')
          and relname <> 'alembic_version'
    """,
    "columns": """
        select relname, attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated,
               pg_get_expr(adbin, adrelid)
        from pg_attribute join pg_class on pg_class.oid = attrelid
        left join pg_attrdef on adrelid = attrelid and adnum = attnum
        where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped
          and relname <> 'alembic_version'
    """,
    "constraints": """
        select conrelid::regclass::text, conname, contype, pg_get_constraintdef(oid) from pg_constraint
        where connamespace = 'public'::regnamespace and conrelid <> coalesce(to_regclass('alembic_version'), 0)
    """,
    "indexes": """
        select tablename, indexname, indexdef from pg_indexes
        where schemaname = 'public' and tablename <> 'alembic_version'
    """,
}


def _catalogs(url):
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as cursor:
            return {name: _rows(cursor, query) for name, query in CATALOGS.items()}
    finally:
        connection.close()


def _rows(cursor, query):
    cursor.execute(query)
    return set(cursor.fetchall())


@pytest.fixture(scope="module")
def migrated(postgres_server, template_database):
    with copied_database(postgres_server, template_database) as url:
        return _catalogs(url)


@pytest.fixture(scope="module")
def modelled(postgres_server):
    with empty_database(postgres_server, "modelled") as url:
        engine = create_engine(make_url(url).set(drivername="postgresql+psycopg2"))
        with engine.begin() as connection:
            connection.execute(text("create extension btree_gist"))
            connection.execute(text("create extension pg_trgm"))
            metadata.create_all(connection)
        engine.dispose()
        return _catalogs(url)


@pytest.mark.parametrize("catalog", CATALOGS)
def test_models_have_nothing_that_migrations_do_not_make(migrated, modelled, catalog):
    assert modelled[catalog] - migrated[catalog] == set()


@pytest.mark.parametrize("catalog", CATALOGS)
def test_migrations_make_nothing_that_models_do_not_have(migrated, modelled, catalog):
    assert migrated[catalog] - modelled[catalog] == set()


def test_the_schema_compared_is_the_whole_one(modelled):
    assert {name for name, kind, _ in modelled["tables"] if kind == "r"} == set(metadata.tables)


def test_migrations_form_one_line():
    assert len(ScriptDirectory(str(ROOT / "migrations")).get_heads()) == 1


def _flask(url, *words):
    surroundings = {**os.environ, "DATABASE_URL": url, "REDIS_URL": "redis://127.0.0.1:1/0"}
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "recruitsmart.wsgi", "db", *words],
        cwd=ROOT,
        env=surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _finished(process):
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output


def test_migrations_lead_down_to_nothing_and_up_again(postgres_server, template_database, migrated, tmp_path):
    with copied_database(postgres_server, template_database) as url:
        _finished(_flask(url, "downgrade", "base"))
        assert _catalogs(url)["tables"] == set()
        migrate(url, DATA_DIR=str(tmp_path))
        assert _catalogs(url) == migrated


def test_two_releases_at_once_both_succeed(postgres_server, migrated):
    with empty_database(postgres_server, "released_twice") as url:
        for process in [_flask(url, "upgrade"), _flask(url, "upgrade")]:
            _finished(process)
        assert _catalogs(url) == migrated


def test_a_release_without_news_changes_nothing(postgres_server, template_database, migrated, tmp_path):
    with copied_database(postgres_server, template_database) as url:
        migrate(url, DATA_DIR=str(tmp_path))
        assert _catalogs(url) == migrated


def _imported(file: Path):
    """The packages that a file imports anywhere in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


@pytest.mark.parametrize("file", VERSIONS, ids=lambda file: file.stem)
def test_a_migration_imports_no_code_of_ours(file):
    assert set(_imported(file)) & (OURS | {"", "importlib"}) == set()


# Older ones ran when there was little to wait for.
WATCHED_SINCE = "files"


def _newer(script: ScriptDirectory) -> list[Path]:
    return [Path(one.path) for one in script.iterate_revisions("head", WATCHED_SINCE)]


def _stops_others(source: str) -> list[int]:
    """The lines that hold up the version that runs: an index built, or a rule looked through, under a lock."""
    tree = ast.parse(source)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    blocks = [node for node in ast.walk(tree) if isinstance(node, ast.With) and "autocommit_block" in _head(node)]
    outside = {id(node) for node in ast.walk(tree)} - {id(inner) for block in blocks for inner in ast.walk(block)}
    made = {_words(call.args[0]) for call in calls if call.func.attr == "create_table"}
    return [
        call.lineno
        for call in calls
        if (call.func.attr == "create_index" and _table(call) not in made and not _is_concurrent(call))
        or (call.func.attr == "execute" and _is_slow(_words(call.args[0]), is_outside=id(call) in outside))
    ]


def _head(block: ast.With) -> str:
    return " ".join(ast.unparse(item.context_expr) for item in block.items)


def _table(call: ast.Call) -> str:
    named = [word.value for word in call.keywords if word.arg == "table_name"]
    return _words([*call.args[1:2], *named][0])


def _words(node: ast.expr) -> str:
    return " ".join(ast.unparse(node).lower().split())


def _is_concurrent(call: ast.Call) -> bool:
    return any(word.arg == "postgresql_concurrently" and _words(word.value) == "true" for word in call.keywords)


def _is_slow(words: str, *, is_outside: bool) -> bool:
    if "validate constraint" in words:
        return is_outside
    return bool(re.search(r"create (unique )?index (?!concurrently)", words))


@pytest.mark.parametrize("file", _newer(ScriptDirectory(str(ROOT / "migrations"))), ids=lambda file: file.stem)
def test_a_migration_stops_nobody_who_works(file):
    assert _stops_others(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", ["counting", "ticked"])
def test_what_was_mended_stops_nobody_who_works(name):
    (file,) = [file for file in VERSIONS if file.stem.endswith(f"_{name}")]
    assert _stops_others(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "op.create_index('ix', 'slots', ['id'])",
        "op.create_index('ix', table_name='slots', columns=['id'], postgresql_concurrently=False)",
        "op.create_index(name, table, columns)",
        "op.execute('create unique index ix on slots (id)')",
        "op.execute('alter table slots validate constraint ck')",
        "op.execute(f'alter table slots  VALIDATE constraint {name}')",
    ],
)
def test_a_line_that_stops_others_is_found(line):
    assert _stops_others(f"op.create_table('own')\n{line}") == [2]


@pytest.mark.parametrize(
    "line",
    [
        "op.create_index('ix', 'own', ['id'])",
        "op.create_index('ix', 'slots', ['id'], postgresql_concurrently=True)",
        "op.execute('create index concurrently ix on slots (id)')",
        "with op.get_context().autocommit_block(): op.execute('alter table slots validate constraint ck')",
    ],
)
def test_a_line_that_stops_nobody_is_left(line):
    assert _stops_others(f"op.create_table('own')\n{line}") == []
