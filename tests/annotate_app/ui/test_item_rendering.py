"""What an item's text becomes: readable, faithful, and never anything that runs, loads or restyles."""

from __future__ import annotations

import json
import re

import pytest

from annotate_app.ui.parts import item as item_part
from annotate_app.ui.parts.content import Conversation, Prose, Structured, read
from annotate_app.ui.parts.item import item_html, text_html
from annotate_app.ui.parts.markdown import to_html
from rubrics.items import Item

HOSTILE = (
    "<script>alert(1)</script>",
    '<img src="https://tracker.example/p.png" onerror="alert(1)">',
    '<svg onload="alert(1)"><script>alert(1)</script></svg>',
    "<style>body{display:none}</style>",
    '<iframe src="https://tracker.example"></iframe>',
    '<link rel="stylesheet" href="https://tracker.example/a.css">',
    '<a href="javascript:alert(1)">x</a>',
    "</div></section></body><h1>out</h1>",
    "```\n</code></pre><script>alert(1)</script>\n```",
    '``` "><script>alert(1)</script>\ncode\n```',
    '[x](https://e.example/" onmouseover="alert(1))',
    '[x](<https://e.example/"onmouseover="alert(1)>)',
    '![" onerror="alert(1)](https://tracker.example/p.png)',
    json.dumps(
        {"messages": [{"role": "<img src=x onerror=alert(1)>", "content": "<script>alert(1)</script>"}]}
    ),
    json.dumps({"<script>alert(1)</script>": ["<img src=x onerror=alert(1)>", {"a": "</div>"}]}),
)
OUR_TAGS = frozenset(
    ("p", "br", "a", "span", "code", "pre", "div", "table", "thead", "tbody", "tr", "th", "td", "ul", "ol",
     "li", "blockquote", "h4", "h5", "h6", "hr", "em", "strong", "s", "details", "summary")
)  # fmt: skip
OUR_ATTRIBUTES = frozenset(
    ("class", "dir", "href", "title", "rel", "target", "tabindex", "open", "start", "style", "value")
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("as_written", [False, True])
def test_hostile_text_gives_only_our_own_tags_and_attributes(text: str, as_written: bool) -> None:
    html = text_html(text, as_written)
    tags = re.findall(r"<\s*/?\s*([a-zA-Z!?][\w-]*)([^>]*)>", html)
    assert {name for name, _ in tags} <= OUR_TAGS
    attributes = {name for _, inner in tags for name in re.findall(r'([\w-]+)\s*=\s*"[^"]*"', inner)}
    assert attributes <= OUR_ATTRIBUTES


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "&#106;avascript:alert(1)",
     "data:text/html;base64,PHNjcmlwdD4=", "vbscript:x", "file:///etc/passwd", "//e.example/x", "ftp://e.example"],
)  # fmt: skip
@pytest.mark.parametrize("shape", ["[x]({})", "<{}>", "[x](<{}>)", "![x]({})"])
def test_only_web_and_mail_addresses_become_links(address: str, shape: str) -> None:
    assert "<a " not in to_html(shape.format(address))


def test_a_link_names_its_host_and_gives_nothing_away() -> None:
    html = to_html("See [1](https://docs.example/a?b=1).")
    assert '<a href="https://docs.example/a?b=1"' in html
    assert 'rel="noopener noreferrer nofollow"' in html
    assert "(docs.example)" in html


def test_an_image_is_its_words_and_its_address() -> None:
    html = to_html("![a cat](https://tracker.example/cat.png)")
    assert "<img" not in html
    assert "a cat" in html
    assert "https://tracker.example/cat.png" in html


def test_streamlit_directives_and_mathematics_stay_text() -> None:
    html = to_html("costs $5 or $6 :red[now] :material/home: :smile:")
    assert "costs $5 or $6 :red[now] :material/home: :smile:" in html


def test_a_reference_definition_is_not_swallowed() -> None:
    assert "[1]: https://docs.example" in to_html("Text [1]\n\n[1]: https://docs.example")


def test_a_line_of_dashes_does_not_make_a_heading_of_the_text_above_it() -> None:
    assert "<h" not in to_html("A long text\nabove a rule\n---\nand below\n===").replace("<hr", "")


@pytest.mark.parametrize("around", ["{}", "> {}", "- {}"])
def test_a_table_with_too_many_cells_in_a_row_stays_text_and_loses_none(around: str) -> None:
    rows = ("| a | b |", "|---|---|", "| 1 | 2 | 3 |", "| 4 | five \\| six |")
    indent = around.replace("-", " ").format("")
    html = to_html(f"before\n\n{around.format(f'{chr(10)}{indent}'.join(rows))}\n\nafter")
    assert "<table" not in html
    assert all(word in html for word in ("before", "a | b", "1 | 2 | 3", "six", "after"))
    assert "<table" in to_html("\n".join(rows).replace(" | 3", ""))


def test_numbers_of_a_list_are_those_that_were_written() -> None:
    html = to_html("1. first\n1. again\n7. jumps")
    assert [number for number in ("1", "2", "7") if f'value="{number}"' in html] == ["1", "7"]


def test_dashes_and_plus_signs_of_a_list_stay_apart_as_they_were_written() -> None:
    html = to_html("+ How are you?\n- Fine.\n* a star")
    # a star has the browser's own mark
    assert re.findall(r"<ul dir=.auto.(.*?)>", html) == [' class="cal-plus"', ' class="cal-dash"', ""]


def test_the_language_of_code_is_shown() -> None:
    assert "python" in to_html("```python\nx = 1\n```")


def test_line_breaks_are_kept() -> None:
    assert "<br />" in to_html("first\nsecond")


def test_a_message_list_is_a_conversation_and_its_tool_calls_are_folded() -> None:
    call = {"role": "assistant", "content": None, "tool_calls": [{"name": "search", "arguments": "{}"}]}
    text = json.dumps({"messages": [{"role": "user", "content": "Hi"}, call]})
    content = read(text)
    assert isinstance(content, Conversation)
    assert [turn.role for turn in content.turns] == ["user", "assistant"]
    assert "<details" in text_html(text)
    assert "search" in text_html(text)


def test_parts_of_a_message_that_are_text_are_its_text() -> None:
    parts = [
        {"type": "text", "text": "one"},
        {"type": "image_url", "image_url": {"url": "https://t.example"}},
    ]
    content = read(json.dumps({"messages": [{"role": "user", "content": parts}]}))
    assert isinstance(content, Conversation)
    assert content.turns[0].text == "one"
    assert content.turns[0].images == ("https://t.example",)


@pytest.mark.parametrize(
    "call",
    [
        {"tool_calls": [{"id": "1", "function": {"name": "find", "arguments": '{"place": "Bath"}'}}]},
        {"tool_calls": [{"name": "find", "arguments": {"place": "Bath"}}]},
        {"function_call": {"name": "find", "arguments": '{"place": "Bath"}'}},
        {"content": [{"type": "tool_use", "id": "1", "name": "find", "input": {"place": "Bath"}}]},
    ],
)  # fmt: skip
def test_a_tool_call_is_a_fold_with_its_name_and_arguments(call: dict[str, object]) -> None:
    html = text_html(json.dumps({"messages": [{"role": "assistant", "content": None, **call}]}))
    assert html.count("<details") == 1
    assert "Tool call: <code>find</code>" in html
    assert "place: Bath</span></summary>" in html
    assert '<span class="cal-key">place</span> <span class="cal-value" dir="auto">Bath</span>' in html


def test_a_tools_result_is_folded_and_its_json_is_a_tree() -> None:
    turns = [
        {"role": "tool", "tool_call_id": "1", "name": "find", "content": '{"open": ["nine"]}'},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "2", "content": "not found"}]},
    ]
    html = text_html(json.dumps({"messages": turns}))
    assert "Tool result: <code>find</code></summary>" in html
    assert '<span class="cal-key">open</span>' in html
    assert "tool_call_id" in html
    assert "Tool result: <code>2</code>" in html
    assert "not found" in html


def test_calls_of_an_unknown_shape_are_shown_as_they_are() -> None:
    html = text_html(
        json.dumps({"messages": [{"role": "assistant", "content": "x", "tool_calls": [["odd", 7]]}]})
    )
    assert "More in this turn" in html
    assert "odd" in html


PIXEL = "data:image/png;base64,iVBORw0KGgo="


@pytest.mark.parametrize(
    ("address", "hosts", "shown"),
    [
        (PIXEL, (), True),
        ("https://images.example/a.png", ("images.example",), True),
        ("https://images.example/a.png", (), False),
        ("https://images.example.evil.example/a.png", ("images.example",), False),
        ("https://evil.example@images.example/a.png", ("images.example",), False),
        ("http://images.example/a.png", ("images.example",), False),
        ("data:image/svg+xml;base64,PHN2Zz4=", (), False),
        ("data:text/html;base64,PHNjcmlwdD4=", (), False),
        ('data:image/png;base64,x" onerror="alert(1)', (), False),
    ],
)
def test_an_image_is_loaded_from_the_text_itself_or_a_named_host_alone(
    address: str, hosts: tuple[str, ...], shown: bool
) -> None:
    chat = {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": address}}]}]}
    in_chat = text_html(json.dumps(chat), image_hosts=hosts)
    in_markdown = text_html(f"![words](<{address}>)", image_hosts=hosts)
    assert ("<img" in in_chat, "<img" in in_markdown) == (shown, shown)


def test_a_picture_written_out_is_an_image_but_never_a_link() -> None:
    html = to_html(f"[x]({PIXEL}) <{PIXEL}> ![y]({PIXEL})")
    assert "<a " not in html
    assert html.count("<img") == 1


def test_an_object_is_a_tree_and_a_bracketed_number_is_prose() -> None:
    assert isinstance(read('{"a": 1}'), Structured)
    assert isinstance(read("[1]"), Prose)
    assert isinstance(read("{not json}"), Prose)


def test_a_tree_too_deep_to_read_becomes_its_text() -> None:
    value: object = "end"
    for _ in range(30):
        value = {"a": value}
    assert "<details" not in text_html(json.dumps(value))
    assert "end" in text_html(json.dumps(value))


@pytest.mark.parametrize("text", ["[" * 50_000, "![[" * 20_000, '{"a":' * 20_000, "> " * 20_000])
def test_a_pathological_text_is_still_shown(text: str) -> None:
    assert text_html(text)


def test_as_written_shows_every_character() -> None:
    assert text_html("# *a*  [x](y)", True) == '<div class="cal-plain" dir="auto"># *a*  [x](y)</div>'


def test_an_empty_output_says_so() -> None:
    assert "(empty)" in text_html(" \n")


def test_the_second_output_of_a_pair_can_stand_first() -> None:
    pair = Item("i", "pairwise", output_a="alpha", output_b="beta")
    assert item_html(pair, "a").index("alpha") < item_html(pair, "a").index("beta")
    assert item_html(pair, "b").index("beta") < item_html(pair, "b").index("alpha")


def test_who_wrote_the_output_is_not_in_the_page() -> None:
    secret = Item(
        "i", "pairwise", output_a="x", output_b="y", system="sys-1", system_a="sys-2", system_b="sys-3",
        meta=(("model", "sys-4"),), stratum="edge", correlation_id="c-9",
    )  # fmt: skip
    html = item_html(secret)
    for hidden in ("sys-1", "sys-2", "sys-3", "sys-4", "edge", "c-9"):
        assert hidden not in html


def test_each_block_finds_its_own_direction() -> None:
    assert '<p dir="auto">مرحبا' in to_html("مرحبا")
    assert 'dir="auto"' in item_part.text_html("שלום", True)


def test_an_item_with_nested_metadata_is_shown_like_any_other() -> None:
    item = Item("i", output="hello", meta=(("nested", {"list": [1, {"a": 2}]}), ("more", [1])))
    assert "hello" in item_html(item)
    assert "nested" not in item_html(item)


@pytest.mark.parametrize(
    ("link", "host"),
    [
        ("https://bank.example@evil.example/x", "evil.example"),
        ("https://user:word@evil.example:8443/", "evil.example:8443"),
        ("https://b\u0430nk.example/", "xn--bnk-6cd.example"),  # the second letter is Cyrillic
        ("https://EVIL.example/", "evil.example"),
        ("mailto:me@evil.example", "mailto:me@evil.example"),
    ],
)
def test_a_link_tells_the_host_that_it_leads_to(link: str, host: str) -> None:
    assert f'<span class="cal-host">({host})</span>' in text_html(f"[click here]({link})")


@pytest.mark.parametrize("depth", [65, 400, 990, 100_000])
def test_json_that_is_nested_without_end_is_shown_as_written(depth: int) -> None:
    text = "[" * depth + "{}" + "]" * depth
    assert text in text_html(text)
    assert text in text_html('{"messages": [{"role": "user", "content": ' + text + "}]}")
