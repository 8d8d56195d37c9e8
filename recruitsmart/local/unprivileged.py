"""Running Postgres for root: the server refuses to run as root, so it runs as somebody who owns only its data."""

import os
import pwd
import shutil
from pathlib import Path

from recruitsmart.local.errors import CannotStart

# Exists on every system, so no account has to be made and removed.
_NOBODY = "nobody"

# The data folder and the virtual environment often lie below /root, where nobody may enter. The wheel's own
# server opens all those folders to everybody; we lend this one process the right to pass instead. The secure
# bit is for access(2), with which Postgres checks its own binary: it forgets lent rights otherwise.
_PASS_EVERY_FOLDER = (
    "--inh-caps=+dac_override",
    "--ambient-caps=+dac_override",
    "--securebits=+no_setuid_fixup",
)


def words_before(data_dir: Path) -> list[str]:
    """The words to put before a command of Postgres, so that it runs as the owner of its data folder.

    Empty unless we are root.

    Raises:
        CannotStart: root cannot become somebody else here.
    """
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise CannotStart(
            "PostgreSQL refuses to run as root, and the command setpriv (package util-linux) is not here to "
            "change that. Start as an ordinary user, or set DATABASE_URL."
        )
    owner = data_dir.stat()
    identity = [f"--reuid={owner.st_uid}", f"--regid={owner.st_gid}", "--clear-groups"]
    # a change of user forgets the death signal, so it is set again after it
    return [setpriv, *identity, *_PASS_EVERY_FOLDER, "--pdeathsig=INT", "--"]


def make_folder(path: Path) -> None:
    """A folder only its owner may enter; made by root, it is given away."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    if os.geteuid() == 0 and path.stat().st_uid == 0:
        account = pwd.getpwnam(_NOBODY)
        os.chown(path, account.pw_uid, account.pw_gid)
