"""Form fields for our column types, drawn with the browser's own controls, and the converter that chooses them."""

import json
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from flask_admin.contrib.sqla.form import AdminModelConverter
from flask_admin.model.form import converts
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, IntegerField, SelectField, StringField, TextAreaField, TimeField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import TextInput

from recruitsmart.admin.moments import own_zone
from recruitsmart.admin.sentences import sentence_of
from recruitsmart.admin.words import word
from recruitsmart.domain.directory.rules import parse_list, zone_named
from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.slots.entering import instant

LARGEST = 2_147_483_647


class ListField(StringField):
    """Several words, typed with commas between them."""

    def _value(self) -> str:
        return ", ".join(self.data or [])

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = parse_list(valuelist[0] if valuelist else "")


class MomentField(Field):
    """An instant, shown and typed as local time in the reader's zone, which stands beside it."""

    widget = TextInput()

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which the field is read and written."""
        return own_zone()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.data.astimezone(self.zone).strftime("%Y-%m-%dT%H:%M")

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = (valuelist[0] if valuelist else "").strip()
        self.data = None
        if not typed:
            return
        try:
            there = datetime.fromisoformat(typed)
            self.data = instant(there.date(), there.time().replace(tzinfo=None), self.zone)
        except BadInput as error:
            raise ValueError(sentence_of(error)) from error
        except ValueError as error:
            raise ValueError(_("Write the day and hour as 2026-11-24T15:00.")) from error


class JsonField(TextAreaField):
    """A JSON value as text."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else json.dumps(self.data, ensure_ascii=False, indent=2)

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = (valuelist[0] if valuelist else "").strip()
        try:
            self.data = json.loads(typed) if typed else None
        except ValueError as error:
            raise ValueError(_("This is not JSON.")) from error


class ZoneField(StringField):
    """An IANA time zone."""

    def pre_validate(self, form: Any) -> None:
        try:
            zone_named(self.data or "")
        except BadInput as error:
            raise ValidationError(sentence_of(error)) from error


class Converter(AdminModelConverter):
    """Columns to fields. A column type that is not named here and not known to Flask-Admin would vanish from forms."""

    @converts("UtcDateTime")
    def convert_moment(self, field_args: dict[str, Any], **_extra: Any) -> Field:
        return MomentField(**field_args)

    @converts("sqlalchemy.sql.sqltypes.Enum")
    def convert_enum(self, column: Any, field_args: dict[str, Any], **_extra: Any) -> Field:
        kind: type[StrEnum] = column.type.enum_class
        field_args["choices"] = lambda: [(member.value, word(member)) for member in kind]
        field_args["coerce"] = lambda typed: None if typed in {None, ""} else kind(typed)
        return SelectField(**field_args)

    @converts("JSONB")
    def convert_json(self, field_args: dict[str, Any], **_extra: Any) -> Field:
        return JsonField(**field_args)

    @converts("sqlalchemy.sql.sqltypes.ARRAY")
    def conv_ARRAY(self, field_args: dict[str, Any], **_extra: Any) -> Field:
        return ListField(**field_args)

    @converts("Time")
    def convert_time(self, field_args: dict[str, Any], **_extra: Any) -> Field:
        field_args["validators"].append(InputRequired())
        return TimeField(format=["%H:%M", "%H:%M:%S"], **field_args)

    @converts("Integer", "BigInteger", "SmallInteger")
    def convert_number(self, column: Any, field_args: dict[str, Any], **_extra: Any) -> Field:
        needed = [] if column.nullable else [InputRequired()]
        bounded = any(isinstance(validator, NumberRange) for validator in field_args["validators"])
        limits = [] if bounded else [NumberRange(max=LARGEST)]
        return IntegerField(**field_args | {"validators": [*field_args["validators"], *needed, *limits]})


def bounded(lowest: int, highest: int) -> dict[str, Any]:
    """Arguments of a number's field."""
    sentence = _l("A number from %(lowest)s to %(highest)s.", lowest=lowest, highest=highest)
    return {"validators": [NumberRange(min=lowest, max=highest, message=sentence)]}


def bounded_or_empty(lowest: int, highest: int) -> dict[str, Any]:
    """Arguments of a number's field that may stay empty."""
    return {"validators": [Optional(), *bounded(lowest, highest)["validators"]]}


def short(longest: int) -> dict[str, Any]:
    """Arguments of a text's field."""
    return {"validators": [Length(max=longest, message=_l("At most %(longest)s characters.", longest=longest))]}
