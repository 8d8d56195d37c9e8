"""Which sentences the panel says, so that a test can tell whether all of them are translated."""

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_dir

from recruitsmart.domain import errors
from recruitsmart.domain.directory import signing_in
from recruitsmart.domain.errors import DomainError
from recruitsmart.domain.pipeline.decisions import BY_OTHER_MEANS

ROOT = Path(__file__).resolve().parents[1]
PO = ROOT / "recruitsmart/admin/translations/ru/LC_MESSAGES/messages.po"
KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None}
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
FOLDERS = ("recruitsmart/admin", "recruitsmart/web")
# Files of the domain whose BadInput sentences people read in the panel.
SPOKEN = (
    "recruitsmart/domain/slots/rules.py",
    "recruitsmart/domain/slots/entering.py",
    "recruitsmart/domain/slots/arranging.py",
    "recruitsmart/domain/slots/drafting.py",
    "recruitsmart/domain/slots/importing.py",
    "recruitsmart/domain/slots/moving.py",
    "recruitsmart/domain/slots/closing.py",
    "recruitsmart/domain/pipeline/directory.py",
    "recruitsmart/domain/pipeline/decisions.py",
    "recruitsmart/domain/pipeline/testing.py",
    "recruitsmart/domain/pipeline/merging.py",
    "recruitsmart/domain/pipeline/accounts.py",
    "recruitsmart/domain/directory/linking.py",
    "recruitsmart/domain/batches/operations.py",
    "recruitsmart/domain/intake/operations.py",
    "recruitsmart/domain/intake/leads.py",
    "recruitsmart/domain/candidates/inviting.py",
    "recruitsmart/domain/broadcasts/rules.py",
    "recruitsmart/domain/broadcasts/operations.py",
    "recruitsmart/domain/chats/rules.py",
    "recruitsmart/domain/notes/operations.py",
    "recruitsmart/domain/assessments/editing.py",
    "recruitsmart/domain/messaging/markup.py",
    "recruitsmart/domain/messaging/operations.py",
    "recruitsmart/domain/messaging/proofreading.py",
    "recruitsmart/domain/assessments/checking.py",
    "recruitsmart/domain/messaging/texts.py",
)


def spoken() -> set[str]:
    """Every sentence that code, templates and the domain's errors say to people in the panel."""
    return set(_extracted()) | set(_docstrings(DomainError)) | set(_plain_sentences()) | set(BY_OTHER_MEANS.values())


def _extracted() -> Iterator[str]:
    for folder in FOLDERS:
        for _file, _line, message, _comments, _context in extract_from_dir(
            str(ROOT / folder), METHODS, keywords=KEYWORDS
        ):
            yield str(message)


def _docstrings(kind: type[DomainError]) -> Iterator[str]:
    if kind.__module__ in {errors.__name__, signing_in.__name__}:
        yield (kind.__doc__ or "").strip()
    for narrower in kind.__subclasses__():
        yield from _docstrings(narrower)


def _plain_sentences() -> Iterator[str]:
    """What the files say that check what people typed in the panel."""
    for name in SPOKEN:
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if found := _SENTENCE.fullmatch(line.strip()):
                yield found[1]


# `raise BadInput("…")`, `yield "…"` with or without the name of what is wrong before it, a sentence with a name.
_SENTENCE = re.compile(r'(?:raise Bad(?:Input|Text)\(|yield (?:"?\w+"?, )?|NOTHING_LEFT = )"([^"]*)"\)?')
