"""Tables as HTML: what a narrow window needs to show a row as lines."""

from __future__ import annotations

from annotate_app.ui.parts.tables import Cell, filled, to_html


def test_cells_of_a_stacked_table_carry_their_columns_names_and_no_others_do() -> None:
    header, rows = ("who", 'wh<a"t'), [("Nora", Cell("x<y")), ("Olga", 3)]
    stacked = to_html(header, rows, stacked=True)
    assert '<th scope="row" data-column="who">Nora</th>' in stacked
    assert '<td data-column="wh&lt;a&quot;t">x&lt;y</td>' in stacked
    assert "cal-stacked" in stacked
    plain = to_html(header, rows)
    assert "data-column" not in plain
    assert "cal-stacked" not in plain


def test_columns_in_which_no_row_says_anything_are_left_out() -> None:
    rows = [("Nora", "", 0, Cell()), ("Olga", "", 3, Cell("late"))]
    assert filled(("who", "why", "items", "remark"), rows) == (
        ["who", "items", "remark"],
        [("Nora", 0, Cell()), ("Olga", 3, Cell("late"))],
    )
