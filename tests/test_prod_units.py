"""The units of systemd: made by the very commands of docs/deployment.md, and looked at by systemd where it is."""

import os
import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

from tests.servers import ROOT

COMMANDS = re.compile(r"^(honcho export .*?)^sudo cp", re.MULTILINE | re.DOTALL)


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    page = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    found = COMMANDS.search(page)
    assert found, "docs/deployment.md no longer says how units are made"
    script = found[1].replace("/tmp/units", str(tmp_path)).replace("/etc/recruitsmart/env", str(tmp_path / "env"))
    (tmp_path / "env").touch()
    path = f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        ["/bin/sh", "-ec", script], cwd=ROOT, env={"PATH": path}, check=True, capture_output=True, timeout=60
    )
    return sorted(tmp_path.glob("*.service"))


def _service(unit: Path) -> dict[str, str]:
    parser = ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment]
    parser.read(unit, encoding="utf-8")
    return dict(parser["Service"])


def test_each_process_type_has_its_unit_and_release_has_none(units: list[Path]) -> None:
    assert [unit.stem for unit in units] == [
        f"recruitsmart-{name}" for name in ("beat-1", "bot-1", "delivery-1", "web-1", "worker-1", "worker-2")
    ]


def test_each_unit_restarts_waits_for_the_drain_and_reads_the_file(units: list[Path], tmp_path: Path) -> None:
    for unit in units:
        service = _service(unit)
        assert service["Restart"] == "always", unit
        assert service["TimeoutStopSec"] == "35", unit
        assert service["KillMode"] == "mixed", unit
        assert service["EnvironmentFile"] == str(tmp_path / "env"), unit
        assert service["User"] == "recruitsmart", unit
        assert "PORT=" not in service.get("Environment", ""), "the port comes from the file"


def test_a_unit_starts_what_the_procfile_says(units: list[Path]) -> None:
    """As systemd reads it: `%%` is `%`, `$$` is `$`."""
    procfile = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text(encoding="utf-8").splitlines())
    for unit in units:
        command = _service(unit)["ExecStart"].replace("%%", "%").replace("$$", "$")
        wanted = procfile[unit.stem.split("-")[1]]
        assert command.startswith("/bin/sh -c '")
        assert wanted in command.replace("'\"'\"'", "'"), (command, wanted)


def test_the_settings_of_the_page_are_the_same_to_the_shell_and_to_systemd() -> None:
    """systemd knows comments on lines of their own only: behind a value they would be a part of it."""
    page = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    file = re.search(r"^```\n(ENVIRONMENT=production\n.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert file
    settings = [line for line in file[1].splitlines() if not line.startswith("#")]
    assert [line for line in settings if "#" in line or " " in line] == []


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
def test_systemd_accepts_them(units: list[Path]) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, units)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    ours = [line for line in done.stderr.splitlines() if "recruitsmart" in line]
    assert (done.returncode, ours) == (0, []), done.stderr
