"""Telegram's HTML, read by the simulator."""

import pytest

from recruitsmart.local.telegram.errors import ApiError
from recruitsmart.local.telegram.markup import parse_html, utf16_length


def test_plain_text_has_no_entities():
    assert parse_html("Привет") == ("Привет", ())


def test_offsets_and_lengths_count_utf16_code_units():
    text, entities = parse_html("😀 <b>да😀</b>")
    assert text == "😀 да😀"
    assert entities == ({"type": "bold", "offset": 3, "length": 4},)
    assert utf16_length(text) == 7


def test_nested_tags_give_nested_entities_outermost_first():
    _, entities = parse_html("<b>a<i>b</i></b>")
    assert [(each["type"], each["offset"], each["length"]) for each in entities] == [
        ("bold", 0, 2),
        ("italic", 1, 1),
    ]


def test_blanks_around_the_text_are_dropped_and_entities_move_along():
    assert parse_html(" \n<b> x </b>\n") == ("x", ({"type": "bold", "offset": 0, "length": 1},))


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
        ("&quot;a&quot; &#39;b&#x27;", "\"a\" 'b'"),
        ("&nbsp; &unknown; & x", "&nbsp; &unknown; & x"),
        ("&amp;lt;", "&lt;"),
    ],
)
def test_only_telegrams_own_character_names_are_read(source, text):
    assert parse_html(source)[0] == text


@pytest.mark.parametrize(
    ("source", "entity"),
    [
        ("<strong>x</strong>", {"type": "bold"}),
        ("<em>x</em>", {"type": "italic"}),
        ("<ins>x</ins>", {"type": "underline"}),
        ("<del>x</del>", {"type": "strikethrough"}),
        ("<tg-spoiler>x</tg-spoiler>", {"type": "spoiler"}),
        ('<span class="tg-spoiler">x</span>', {"type": "spoiler"}),
        ("<blockquote>x</blockquote>", {"type": "blockquote"}),
        ("<blockquote expandable>x</blockquote>", {"type": "expandable_blockquote"}),
        ('<pre><code class="language-sql">x</code></pre>', {"type": "pre", "language": "sql"}),
        ('<a href="https://e.org/?a=1&amp;b=2">x</a>', {"type": "text_link", "url": "https://e.org/?a=1&b=2"}),
        ("<a href='e.org'>x</a>", {"type": "text_link", "url": "http://e.org"}),
        ('<tg-emoji emoji-id="7">x</tg-emoji>', {"type": "custom_emoji", "custom_emoji_id": "7"}),
        ("<B>x</b>", {"type": "bold"}),
    ],
)
def test_every_tag_becomes_its_entity(source, entity):
    assert parse_html(source) == ("x", (entity | {"offset": 0, "length": 1},))


def test_a_link_that_leads_nowhere_is_only_text():
    assert parse_html('<a href="javascript:alert(1)">x</a>') == ("x", ())


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("я<br>", 'Unsupported start tag "br" at byte offset 2'),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("2 < 3", 'Unsupported start tag "" at byte offset 2'),
        ("2 <3", "Unclosed start tag at byte offset 2"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<a href="x>y</a>', 'Unclosed start tag "a" at byte offset 0'),
        (
            "<a href>y</a>",
            'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0',
        ),
        ("<a href=a/b>y</a>", "Unexpected end of name token at byte offset 8"),
        ("<a =x>y</a>", 'Empty attribute name in the tag "a" at byte offset 3'),
    ],
)
def test_bad_html_is_refused_in_telegrams_words(source, reason):
    with pytest.raises(ApiError) as refused:
        parse_html(source)
    assert refused.value.code == 400
    assert refused.value.description == f"Bad Request: can't parse entities: {reason}"
