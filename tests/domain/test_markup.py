"""Telegram's HTML as our texts may use it. The simulator reads the same HTML with code of its own."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recruitsmart.domain.errors import BadText
from recruitsmart.domain.messaging.markup import Closed, Opened, pieces, shown_words, telegram_length
from recruitsmart.local.telegram.errors import ApiError
from recruitsmart.local.telegram.markup import parse_html, utf16_length

GOOD = [
    "<b>1</b> <strong>2</strong> <i>3</i> <em>4</em> <u>5</u> <ins>6</ins> <s>7</s> <strike>8</strike> <del>9</del>",
    "<tg-spoiler>x</tg-spoiler> <span class='tg-spoiler'>y</span>",
    '<a href="https://e.org/?a=1&amp;b=2">x</a>',
    '<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji>',
    "<code>x</code> <pre>y</pre>",
    '<pre><code class="language-sql">select 1</code></pre>',
    "<blockquote>x</blockquote> <blockquote expandable><b>y</b></blockquote>",
    "<b>a<i>b<u>c<a href='e.org'>d</a></u></i></b>",
    "<blockquote><a href='e.org'>x</a><code>y</code></blockquote>",
    "1 &lt; 2 &amp; 3 &gt; 2 &quot;q&quot; &#39;a&#x27; R&D &nbsp; 2>1",
    "<B>x</b >",
    "<b>x</b>" * 100,
    "<b>" * 20 + "x" + "</b>" * 20,
]


@pytest.mark.parametrize("html", GOOD)
def test_what_telegram_shows_is_taken_and_read_as_the_simulator_reads_it(html):
    assert shown_words(html) == parse_html(html)[0]


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<b>x", "<b> is not closed"),
        ("x</b>", "</b> closes nothing"),
        ("<b><i>x</b></i>", "</b> closes nothing"),
        ("<div>x</div>", "no tag <div>"),
        ("a<br>b", "no tag <br>"),
        ("1 < 2", "begins no tag"),
        ("<b", "begins no tag"),
        ("<!-- x -->", "begins no tag"),
        ("<a href=e.org>x</a>", "begins no tag"),
        ("<a>x</a>", "<a> needs “href”"),
        ("<a href='e.org' target='_blank'>x</a>", "<a> takes no “target”"),
        ("<b onclick='x()'>x</b>", "<b> takes no “onclick”"),
        ("<span>x</span>", "<span> needs “class”"),
        ("<span class='red'>x</span>", "only with class=“tg-spoiler”"),
        ("<tg-emoji>x</tg-emoji>", "<tg-emoji> needs “emoji-id”"),
        ("<pre><code class='sql'>x</code></pre>", "class=“language-…”"),
        ("<code class='language-sql'>x</code>", "only right inside <pre>"),
        ("<code><b>x</b></code>", "<b> inside <code>"),
        ("<b><code>x</code></b>", "<code> inside <b>"),
        ("<pre><a href='e.org'>x</a></pre>", "<a> inside <pre>"),
        ("<a href='e.org'><code>x</code></a>", "<code> inside <a>"),
        ("<a href='e.org'><b><a href='e.org'>x</a></b></a>", "<a> inside <a>"),
        ("<blockquote><blockquote>x</blockquote></blockquote>", "<blockquote> inside <blockquote>"),
        ("<a href='e.org'><blockquote>x</blockquote></a>", "<blockquote> inside <a>"),
        ("<b>x</b>" * 101, "at most 100 tags"),
        ("<b>" * 21 + "x" + "</b>" * 21, "at most 20 tags inside one another"),
        ("<b>" * 2280 + "x" + "</b>" * 2280, "at most 20 tags inside one another"),
    ],
)
def test_what_telegram_would_refuse_or_drop_is_refused_with_the_reason(html, reason):
    with pytest.raises(BadText, match=reason):
        shown_words(html)


def test_the_pieces_keep_the_order_and_attributes_are_read():
    assert list(pieces('a<a href="x?a&amp;b">b</a>')) == [
        "a",
        Opened(tag="a", attributes={"href": "x?a&b"}),
        "b",
        Closed(tag="a"),
    ]


_FRAGMENTS = st.sampled_from(
    [
        *("<b>", "</b>", "<i>", "</i>", "<code>", "</code>", "<pre>", "</pre>", "<a href='e.org'>", "</a>", "<span>"),
        *("<span class='tg-spoiler'>", "</span>", "<blockquote expandable>", "</blockquote>", "<u >", "</u\n>", "<"),
        *("&lt;", "&lt", "&amp;lt;", "&#39;", "&#x1F600;", "&nbsp;", "&", ">", "</", "<!--", " ", "\n", "я", "😀", '"'),
    ]
)


@settings(max_examples=500, deadline=None)
@given(st.lists(_FRAGMENTS, max_size=12).map("".join))
@example("&lt&#39")
def test_whatever_is_taken_the_simulator_takes_and_counts_alike(html):
    try:
        words = shown_words(html)
    except BadText:
        return
    try:
        text, _ = parse_html(html)
    except ApiError as error:
        pytest.fail(f"taken by us, refused by the simulator: {html!r}: {error}")
    assert (words, telegram_length(words)) == (text, utf16_length(text))
