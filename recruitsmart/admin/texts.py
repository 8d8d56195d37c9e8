"""Texts: what the bot says, and overriding it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flask import g, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from recruitsmart.admin.base import Access, Page, carried_out, chosen_id, is_id, me
from recruitsmart.admin.sentences import sentence_of
from recruitsmart.domain.directory.access import EVERYTHING
from recruitsmart.domain.directory.models import City
from recruitsmart.domain.directory.queries import cities_in
from recruitsmart.domain.errors import NotFound
from recruitsmart.domain.messaging import texts
from recruitsmart.domain.messaging.models import TextOverride
from recruitsmart.domain.messaging.operations import replace_override
from recruitsmart.domain.messaging.queries import overridden_texts, override_versions
from recruitsmart.domain.messaging.samples import preview
from recruitsmart.extensions import db

_ALLOWED_TAG = re.compile(r"&lt;(/?(?:b|strong|i|em|u|s|code|pre|blockquote))&gt;")
_ENTITY = re.compile(r"&amp;(lt|gt|amp|quot|#\d{1,6});")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Which version of a text is looked at: its key, a language, one city or all (None)."""

    key: str
    language: str
    city_id: int | None


class Texts(Page):
    """Everything the bot says. Everybody may look, administrators override."""

    writes = Access.DIRECT

    @expose("/")
    def index(self) -> str:
        words = request.args.get("q", "")[:100]
        return self.render(
            "panel/texts.html", groups=_groups(words.casefold()), words=words, overridden=overridden_texts(db.session)
        )

    @expose("/<key>", methods=["GET", "POST"])
    def text(self, key: str) -> str | Response:
        cities = cities_in(db.session, EVERYTHING)
        place = _place(key, cities)
        action = request.form.get("action", "") if request.method == "POST" else ""
        if action in {"save", "reset"} and _saved(place, request.form["action"]):
            return redirect(url_for(".text", key=key, language=place.language, city=place.city_id))
        return self._page(place, cities, typed=request.form.get("body") if request.method == "POST" else None)

    def _page(self, place: Place, cities: Sequence[City], *, typed: str | None) -> str:
        versions = override_versions(db.session, place.key, language=place.language, city_id=place.city_id)
        newest = versions[0].version if versions else 0
        shipped = texts.shipped(place.language)[place.key].strip()
        body = typed if typed is not None else _in_force(versions) or shipped
        keeps = typed is not None and not g.get("changed_meanwhile")
        return self.render(
            "panel/text.html",
            place=place,
            cities=cities,
            versions=versions,
            version=request.form.get("version", newest) if keeps else newest,
            body=body,
            shipped=shipped,
            variables=sorted(texts.variables(place.key)),
            in_force=_in_force(versions),
            preview=_preview(place, body),
            changed_meanwhile=g.get("changed_meanwhile", False),
        )


def _groups(words: str) -> dict[str, list[tuple[str, str]]]:
    """Keys and shipped Russian texts that contain the words, grouped by what stands before the dot."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for key, body in texts.shipped(texts.DEFAULT_LANGUAGE).items():
        if words in key.casefold() or words in body.casefold():
            groups.setdefault(key.split(".")[0], []).append((key, body.strip()))
    return groups


def _place(key: str, cities: Sequence[City]) -> Place:
    if key not in texts.shipped(texts.DEFAULT_LANGUAGE):
        raise NotFound
    language = request.args.get("language", texts.DEFAULT_LANGUAGE)
    city_id = chosen_id("city")
    if language not in texts.LANGUAGES or (city_id is not None and city_id not in {city.id for city in cities}):
        raise NotFound
    return Place(key=key, language=language, city_id=city_id)


def _in_force(versions: Sequence[TextOverride]) -> str | None:
    return versions[0].body if versions else None


def _saved(place: Place, action: str) -> bool:
    typed = request.form.get("version", "")
    body = request.form.get("body", "").replace("\r\n", "\n").replace("\0", "").strip() if action == "save" else None

    def save() -> None:
        version = int(typed) if is_id(typed) else -1
        versions = override_versions(db.session, place.key, language=place.language, city_id=place.city_id)
        g.changed_meanwhile = version != (versions[0].version if versions else 0)
        replace_override(
            db.session, place.key, body, language=place.language, city_id=place.city_id,
            author=me().account.login, version=version,
        )  # fmt: skip

    done = _("Saved. The next message is worded so.") if action == "save" else _("Back to the shipped text.")
    return carried_out(save, done=done)


def _preview(place: Place, body: str) -> Markup:
    """The text with sample values as Telegram would show it, or why it cannot be sent."""
    try:
        return as_telegram(preview(place.key, body, language=place.language))
    except texts.BadText as error:
        return Markup('<span class="field-error">{}</span>').format(sentence_of(error))


def as_telegram(html: str) -> Markup:
    """Telegram's HTML with only the tags that format words; everything else is shown as it is written."""
    shown = _ALLOWED_TAG.sub(r"<\1>", str(escape(html)))
    return Markup(_ENTITY.sub(r"&\1;", shown))
