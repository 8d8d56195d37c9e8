"""Migrations and models are one schema; migrations run up, down, and twice at once."""

import ast
import os
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
