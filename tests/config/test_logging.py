"""One line per event, ids on it, no secrets in it, and a log file that cannot stop the work."""

import json
import logging
import multiprocessing
import os
import re
import sys
import threading
import warnings
from pathlib import Path

import pytest
import requests
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import IntegrityError

from config.logfile import SharedLogFile
from config.logging import configure_logging, log_context
from config.settings import read_settings

TOKEN = "7123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsawQ"

logger = logging.getLogger("tests.subject")


@pytest.fixture(autouse=True)
def restored_logging():
    """Gives logging back as pytest had it."""
    root = logging.getLogger()
    before, level, hook, thread_hook = root.handlers, root.level, sys.excepthook, threading.excepthook
    root.handlers = []
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers = before
    root.setLevel(level)
    sys.excepthook, threading.excepthook = hook, thread_hook
    logging.captureWarnings(False)


@pytest.fixture
def configure(tmp_path):
    def start(process: str = "web", **environ: str) -> Path:
        settings = read_settings({"DATA_DIR": str(tmp_path / "data"), **environ})
        configure_logging(settings, process)
        return settings.log_file

    return start


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_each_event_is_one_line_in_the_file_and_on_stdout(configure, capsys):
    file = configure()
    logger.info("A slot was %s.", "reserved")
    (line,) = lines(file)
    assert re.fullmatch(
        rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z INFO web\[{os.getpid()}\] tests.subject: A slot was reserved\.",
        line,
    )
    assert capsys.readouterr().out == f"{line}\n"


def test_times_are_utc(configure):
    file = configure()
    record = logging.makeLogRecord({"msg": "then", "created": 1_772_359_200.9999, "levelno": logging.INFO})
    logging.getLogger().handle(record)
    assert lines(file)[0].startswith("2026-03-01T10:00:00.999Z ")


def test_the_contexts_ids_are_on_each_line_inside(configure):
    file = configure()
    with log_context(update_id=812, task_id="update-812"):
        with log_context(candidate_id=5):
            logger.info("inner")
        logger.info("outer")
    logger.info("after")
    inner, outer, after = lines(file)
    assert inner.endswith("inner update_id=812 task_id=update-812 candidate_id=5")
    assert outer.endswith("outer update_id=812 task_id=update-812")
    assert after.endswith("after")


def test_an_error_inside_leaves_the_context_clean(configure):
    file = configure()
    with pytest.raises(ZeroDivisionError), log_context(update_id=1):
        raise ZeroDivisionError
    logger.info("after")
    assert "update_id" not in lines(file)[0]


def test_the_lines_own_id_wins_over_the_context(configure):
    file = configure()
    with log_context(candidate_id=5):
        logger.info("Merged.", extra={"candidate_id": 6})
    assert lines(file)[0].endswith("Merged. candidate_id=6")


def test_extras_are_shown_unless_they_may_hold_words_of_people(configure):
    file = configure()
    logger.info("Done.", extra={"action": "reserve", "slot_id": 17, "data": "Анна", "text": "+7 900", "args_": "x"})
    assert lines(file)[0].endswith("Done. action=reserve slot_id=17")


def test_json_lines_carry_the_same(configure):
    file = configure(LOG_JSON="1")
    with log_context(update_id=812):
        logger.warning("Late by %d s.", 3, extra={"action": "sweep", "data": "Анна"})
    (line,) = lines(file)
    event = json.loads(line)
    assert event.pop("at").endswith("Z")
    assert event == {
        "level": "WARNING",
        "process": "web",
        "pid": os.getpid(),
        "logger": "tests.subject",
        "message": "Late by 3 s.",
        "update_id": 812,
        "action": "sweep",
    }


@pytest.mark.parametrize("as_json", ["0", "1"])
@pytest.mark.parametrize("form", [TOKEN, TOKEN.replace(":", "%3A"), f"https://api.telegram.org/bot{TOKEN}/getMe"])
def test_tokens_are_masked_in_messages_arguments_and_extras(configure, capsys, as_json, form):
    file = configure(LOG_JSON=as_json)
    logger.info("Calling %s", form, extra={"reason": form})
    logger.info(f"Calling {form}")
    written = file.read_text() + capsys.readouterr().out
    assert "AAHdqTcv" not in written
    assert written.count("***") == 6


@pytest.mark.parametrize("as_json", ["0", "1"])
def test_tokens_are_masked_in_the_exceptions_of_requests(configure, capsys, as_json):
    file = configure(LOG_JSON=as_json)
    try:
        requests.get(f"http://127.0.0.1:9/bot{TOKEN}/sendMessage", timeout=1)
    except requests.RequestException:
        logger.exception("Telegram does not answer.")
    (line,) = lines(file)
    captured = capsys.readouterr()
    assert "/bot***/sendMessage" in line
    assert "Traceback" in line
    assert "AAHdqTcv" not in line + captured.out + captured.err


@pytest.mark.parametrize("as_json", ["0", "1"])
@pytest.mark.parametrize("name", ["Anna Miller", "Anna\n\nMiller", "Anna\\nMiller"])
def test_the_row_that_broke_a_rule_is_not_logged(configure, capsys, database_url, as_json, name):
    file = configure(LOG_JSON=as_json)
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg2"), hide_parameters=True)
    try:
        with engine.begin() as connection:
            connection.execute(text("insert into cities (name) values (:name)"), {"name": name})
    except IntegrityError as error:
        logger.exception("It failed: %s", error)
    engine.dispose()
    (line,) = lines(file)
    assert "NotNullViolation" in line and "Traceback" in line and "[SQL:" in line
    assert "Miller" not in line + capsys.readouterr().out


def test_passwords_in_addresses_are_masked(configure):
    file = configure()
    logger.error("Cannot reach redis://:p4ss@h:6379/0 and postgresql://u:p4ss@h/d")
    assert lines(file)[0].endswith("redis://:***@h:6379/0 and postgresql://u:***@h/d")


def test_a_password_with_an_at_sign_in_it_is_masked_whole(configure):
    file = configure(LOG_JSON="1")
    logger.error("Cannot reach postgresql://u:p4@ss@h/d", extra={"reason": "a@b"})
    line = json.loads(lines(file)[0])
    assert (line["message"], line["reason"]) == ("Cannot reach postgresql://u:***@h/d", "a@b")


@pytest.mark.parametrize("as_json", ["0", "1"])
def test_a_row_in_a_message_takes_neither_the_ids_nor_the_traceback_along(configure, as_json):
    """As the driver says it, without the statement after it, where the row would end."""
    file = configure(LOG_JSON=as_json)
    try:
        raise ValueError("null value\nDETAIL: Failing row contains (17, Miller).")
    except ValueError as error:
        logger.exception("failed: %s", error, extra={"update_id": 812})
    (line,) = lines(file)
    assert "Miller" not in line and "Traceback" in line and line.count("DETAIL: ***") == 2
    assert "812" in line
    if as_json == "1":
        assert json.loads(line)["update_id"] == 812


@pytest.mark.parametrize("hook", ["sys", "thread"])
def test_uncaught_errors_are_logged_masked(configure, capsys, hook):
    file = configure()
    error = RuntimeError(f"/bot{TOKEN}/getMe")
    if hook == "sys":
        sys.excepthook(RuntimeError, error, None)
    else:
        threading.excepthook(threading.ExceptHookArgs((RuntimeError, error, None, None)))
    captured = capsys.readouterr()
    assert "CRITICAL" in lines(file)[0]
    assert "RuntimeError: /bot***/getMe" in captured.out
    assert "AAHdqTcv" not in captured.out + captured.err


@pytest.mark.parametrize("as_json", ["0", "1"])
def test_hostile_text_cannot_forge_a_line(configure, as_json):
    file = configure(LOG_JSON=as_json)
    logger.info("Name: %s", "Анна\r\n2026-03-01T10:00:00Z INFO web[1] x: forged\x1b[2J\u2028\x85\ud800")
    (line,) = file.read_bytes().splitlines()
    assert b"\x1b" not in line
    assert len(line.decode().splitlines()) == 1


def test_a_wrong_log_call_is_one_masked_line(configure, capsys):
    class Detached:
        def __str__(self) -> str:
            raise RuntimeError("the row is detached")

    file = configure()
    logger.info(f"{TOKEN} %d", "x")
    logger.info("row %s", Detached())
    assert [line.count("the arguments of this log line do not fit") for line in lines(file)] == [1, 1]
    captured = capsys.readouterr()
    assert "AAHdqTcv" not in captured.out + captured.err
    assert captured.err == ""


def test_the_level_of_the_settings_decides(configure):
    file = configure(LOG_LEVEL="warning")
    logger.info("not this")
    logger.warning("this")
    assert [line[-4:] for line in lines(file)] == ["this"]


@pytest.mark.parametrize("name", ["TeleBot", "celery.worker", "kombu", "sqlalchemy.engine", "urllib3.connectionpool"])
def test_libraries_that_write_what_people_said_stay_above_debug(configure, name):
    configure(LOG_LEVEL="DEBUG")
    assert not logging.getLogger(name).isEnabledFor(logging.DEBUG)


@pytest.mark.parametrize("name", ["TeleBot", "gunicorn.error"])
def test_libraries_do_not_write_lines_of_their_own(configure, name):
    library = logging.getLogger(name)
    library.addHandler(logging.StreamHandler(sys.stderr))
    library.propagate = False
    file = configure()
    library.error("something")
    assert library.handlers == []
    assert len(lines(file)) == 1


def test_warnings_are_logged(configure):
    file = configure()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old way", UserWarning, stacklevel=1)
    assert "py.warnings" in lines(file)[0]


def test_configuring_twice_does_not_double_the_lines(configure):
    configure()
    file = configure("worker")
    logger.info("once")
    assert len(lines(file)) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux' device that is always full")
def test_a_full_disk_is_reported_once_and_stdout_goes_on(configure, capsys, tmp_path):
    (tmp_path / "data/logs").mkdir(parents=True)
    (tmp_path / "data/logs/app.log").symlink_to("/dev/full")
    configure()
    logger.info("first")
    logger.info("second")
    captured = capsys.readouterr()
    assert [line.rpartition(" ")[2] for line in captured.out.splitlines()] == ["first", "second"]
    assert captured.err.count("logging goes on to stdout") == 1
    assert len(captured.err.splitlines()) == 1


def test_a_folder_that_cannot_be_made_does_not_stop_the_process(configure, capsys, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/logs").write_text("a file in the way")
    configure()
    logger.info("first")
    captured = capsys.readouterr()
    assert captured.out.endswith("first\n")
    assert "logging goes on to stdout" in captured.err


def test_the_file_is_used_again_when_it_can_be(configure, capsys, tmp_path):
    (tmp_path / "data").mkdir()
    obstacle = tmp_path / "data/logs"
    obstacle.write_text("a file in the way")
    file = configure()
    logger.info("first")
    obstacle.unlink()
    logger.info("second")
    assert [line[-6:] for line in lines(file)] == ["second"]


def shared_file(path: Path, *, limit_bytes: int, kept_files: int = 3) -> SharedLogFile:
    handler = SharedLogFile(path, limit_bytes=limit_bytes, kept_files=kept_files)
    handler.setFormatter(logging.Formatter("%(message)s"))
    return handler


def write(handler: SharedLogFile, message: str) -> None:
    handler.emit(logging.makeLogRecord({"msg": message}))


def test_a_full_file_moves_aside_and_the_oldest_goes(tmp_path):
    file = tmp_path / "app.log"
    handler = shared_file(file, limit_bytes=10)
    for number in range(12):
        write(handler, f"row{number:02}")
    handler.close()
    assert [file.read_text(), (tmp_path / "app.log.1").read_text()] == ["row11\n", "row10\n"]
    assert sorted(path.name for path in tmp_path.glob("app.log.[0-9]*")) == ["app.log.1", "app.log.2", "app.log.3"]


def test_a_file_moved_by_another_process_is_noticed_before_the_next_line(tmp_path):
    file = tmp_path / "app.log"
    handler = shared_file(file, limit_bytes=1000)
    write(handler, "before")
    file.rename(tmp_path / "elsewhere")
    write(handler, "after")
    handler.close()
    assert file.read_text() == "after\n"


def test_a_process_that_decides_late_does_not_move_the_new_file(tmp_path):
    file = tmp_path / "app.log"
    early, late = shared_file(file, limit_bytes=10), shared_file(file, limit_bytes=10)
    write(late, "row1")
    write(early, "row2")
    write(early, "row3")
    late._rotate()  # what happens when it measured the file before the other one moved it
    early.close()
    late.close()
    assert file.read_text() == "row3\n"
    assert not (tmp_path / "app.log.2").exists()


def write_many(path: Path, writer: int, rows: int) -> None:
    handler = shared_file(path, limit_bytes=20_000, kept_files=40)
    for row in range(rows):
        write(handler, f"{writer}-{row}-{'x' * 40}")
    handler.close()


def test_four_processes_lose_no_line_while_the_file_rotates(tmp_path):
    fork = multiprocessing.get_context("fork")
    writers = [fork.Process(target=write_many, args=(tmp_path / "app.log", number, 1500)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=60)
    files = [path for path in tmp_path.iterdir() if path.name != "app.log.lock"]
    written = [line for path in files for line in lines(path)]
    assert 5 < len(files) < 40  # it rotated, and nothing fell off the end
    assert sorted(written) == sorted(f"{writer}-{row}-{'x' * 40}" for writer in range(4) for row in range(1500))
