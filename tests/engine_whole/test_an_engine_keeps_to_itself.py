"""An engine fetches nothing, keeps to what it is given, and shows SQL as a person reads it."""

from pathlib import Path

from vitrail.engine import DuckDB, Engine, sql

SETTINGS = sql(
    "select name, value from duckdb_settings() where name in "
    "('autoinstall_known_extensions', 'autoload_known_extensions', 'threads', 'temp_directory', 'TimeZone', "
    "'enable_progress_bar')"
)


def settings(engine: Engine) -> dict[str, str]:
    return {each["name"]: each["value"] for each in engine.records(SETTINGS)}


def test_an_engine_fetches_nothing_and_keeps_to_what_it_is_given(tmp_path: Path) -> None:
    alike = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "threads": "1",
        "temp_directory": str(tmp_path),
        "TimeZone": "UTC",
        "enable_progress_bar": "false",
    }
    with DuckDB("300MB", 1, tmp_path) as engine, engine.beside(settings) as beside:
        assert settings(engine) == alike
    assert beside.result() == alike


def test_sql_is_shown_on_lines_of_its_own() -> None:
    with DuckDB() as engine:
        shown = engine.render(sql("select a from t where a > 1"))
    assert [line.strip() for line in shown.splitlines()] == ["SELECT", "a", "FROM t", "WHERE", "a > 1"]
