"""Texts: what the bot says, overriding it, and its history."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from recruitsmart.admin.base import Access, Page, carried_out, chosen_id, is_id, me, page_number
from recruitsmart.admin.bubbles import differences
from recruitsmart.admin.moments import language as own_language
from recruitsmart.admin.text_list import BROKEN, CHANGED, Change, by_subject, change_of, lines_of, wanted
from recruitsmart.admin.text_previews import preview_of
from recruitsmart.admin.text_words import VARIABLES, subject_of
from recruitsmart.domain.dialogue.previews import Draft
from recruitsmart.domain.directory.access import EVERYTHING
from recruitsmart.domain.directory.models import City
from recruitsmart.domain.directory.queries import cities_in
from recruitsmart.domain.errors import NotFound
from recruitsmart.domain.messaging import samples, texts
from recruitsmart.domain.messaging.models import TextOverride
from recruitsmart.domain.messaging.operations import replace_override
from recruitsmart.domain.messaging.queries import inherited, override_version, override_versions, overrides_in_force
from recruitsmart.extensions import db

VERSIONS_ON_A_PAGE = 20
CHANGES = {"save", "reset", "restore"}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Which version of a text is looked at: its key, a language, one city or all (None)."""

    key: str
    language: str
    city_id: int | None


@dataclass(frozen=True, kw_only=True)
class Version:
    """A saved version with what it changed of the one before."""

    saved: TextOverride
    changed: Markup
    is_newest: bool


class Texts(Page):
    """Everything the bot says. Everybody may look, administrators override."""

    writes = Access.DIRECT

    @expose("/")
    def index(self) -> str:
        words, only = request.args.get("q", "")[:100].strip(), request.args.get("only", "")
        lines = lines_of(overrides_in_force(db.session), language=own_language())
        return self.render(
            "panel/texts.html",
            groups=by_subject(wanted(lines, words=words, only=only)),
            broken=[line for line in lines if line.is_broken],
            counts={CHANGED: len([line for line in lines if line.changes])},
            words=words,
            only=only if only in {CHANGED, BROKEN} else "",
            city_names={city.id: city.name for city in cities_in(db.session, EVERYTHING)},
        )

    @expose("/<key>", methods=["GET", "POST"])
    def text(self, key: str) -> str | Response:
        cities = cities_in(db.session, EVERYTHING)
        place = _place(key, cities)
        action = request.form.get("action", "") if request.method == "POST" else ""
        if action in CHANGES and _carried_out(place, action):
            return redirect(url_for(".text", key=key, language=place.language, city=place.city_id))
        return self._page(place, cities, tried=action in {"save", "reset"})

    @expose("/<key>/preview", methods=["GET", "POST"])
    def preview(self, key: str) -> str:
        """The part of the page that shows the draft, for the page's script."""
        place = _place(key, cities_in(db.session, EVERYTHING))
        typed = request.form.get("body")
        body = _cleaned(typed) if typed is not None else _current(place, _newest(place))
        return self.render("panel/text_preview.html", place=place, preview=preview_of(_draft(place, body)))

    def _page(self, place: Place, cities: Sequence[City], *, tried: bool) -> str:
        """The page; with what was typed, and a colleague's version beside it when that came between."""
        newest = _newest(place)
        number = newest.version if newest else 0
        typed, looked_at = request.form.get("body"), request.form.get("version", "")
        current = _current(place, newest)
        body = current if typed is None else _cleaned(typed)
        changed_meanwhile = tried and looked_at != str(number)
        return self.render(
            "panel/text.html",
            place=place,
            cities=[] if texts.is_for_staff(place.key) else cities,
            city_names={city.id: city.name for city in cities},
            subject=subject_of(place.key),
            body=body,
            version=number if typed is None or changed_meanwhile else looked_at,
            changed_meanwhile=changed_meanwhile,
            current=current,
            newest=newest,
            meanwhile=differences(current, body) if changed_meanwhile else None,
            variables=_variables(place),
            changes=_changes(place.key),
            preview=None if texts.is_label(place.key) else preview_of(_draft(place, body)),
            is_label=texts.is_label(place.key),
            shipped=texts.shipped(place.language)[place.key].strip(),
            page=page_number(),
            **_history(place, page_number()),
        )


def _place(key: str, cities: Sequence[City]) -> Place:
    if key not in texts.shipped(texts.DEFAULT_LANGUAGE):
        raise NotFound
    language = request.values.get("language", texts.DEFAULT_LANGUAGE)
    city_id = chosen_id("city")
    known = set() if texts.is_for_staff(key) else {city.id for city in cities}
    if language not in texts.LANGUAGES or (city_id is not None and city_id not in known):
        raise NotFound
    return Place(key=key, language=language, city_id=city_id)


def _newest(place: Place) -> TextOverride | None:
    versions = override_versions(db.session, place.key, language=place.language, city_id=place.city_id, limit=1)
    return versions[0] if versions else None


def _current(place: Place, newest: TextOverride | None) -> str:
    """What is said at this place now."""
    if newest is not None and newest.body is not None:
        return newest.body
    return inherited(db.session, place.key, language=place.language, city_id=place.city_id)


def _draft(place: Place, body: str) -> Draft:
    return Draft(key=place.key, language=place.language, city_id=place.city_id, body=body)


def _cleaned(typed: str) -> str:
    return typed.replace("\r\n", "\n").replace("\0", "").strip()


def _carried_out(place: Place, action: str) -> bool:
    looked_at = request.form.get("version", "")
    done = {
        "save": _("Saved. The next message is worded so."),
        "reset": _("Back to what was there before."),
        "restore": _("The older version is in force again."),
    }

    def save() -> None:
        replace_override(
            db.session, place.key, _wanted_body(place, action), language=place.language, city_id=place.city_id,
            author=me().account.login, version=int(looked_at) if is_id(looked_at) else -1,
        )  # fmt: skip

    return carried_out(save, done=done[action])


def _wanted_body(place: Place, action: str) -> str | None:
    if action == "reset":
        return None
    if action == "save":
        return _cleaned(request.form.get("body", ""))
    number = chosen_id("restore")
    old = override_version(db.session, place.key, number or 0, language=place.language, city_id=place.city_id)
    if old is None:
        raise NotFound
    return old.body


def _variables(place: Place) -> list[tuple[str, str, str, bool]]:
    """Name, meaning, sample, and whether it may be missing."""
    values = samples.sample_values(place.key, place.language)
    return [
        (name, str(VARIABLES.get(name, "")), _sample(values[name]), name in samples.MAY_BE_MISSING)
        for name in sorted(values)
    ]


def _sample(value: object) -> str:
    return (_("yes") if value else _("no")) if isinstance(value, bool) else str(value)


def _changes(key: str) -> dict[tuple[str, int | None], Change]:
    changes = [change_of(override) for override in overrides_in_force(db.session, key)]
    return {(change.language, change.city_id): change for change in changes}


def _history(place: Place, page: int) -> dict[str, object]:
    """One page of the versions, newest first, each compared with the one before it; the first with the shipped text."""
    size, start = VERSIONS_ON_A_PAGE, (page - 1) * VERSIONS_ON_A_PAGE
    saved = override_versions(
        db.session, place.key, language=place.language, city_id=place.city_id, limit=size + 1, offset=start
    )
    shipped = texts.shipped(place.language)[place.key].strip()
    before = [*(version.body or shipped for version in saved[1:]), shipped]
    versions = [
        Version(saved=version, changed=differences(old, version.body or shipped), is_newest=start + number == 0)
        for number, (version, old) in enumerate(zip(saved[:size], before, strict=False))
    ]
    return {"versions": versions, "more": len(saved) > size}
