"""Anything at all at the doors is answered in words of ours: uploads, mappings, study files, rubrics."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotate_app.desk import Desk, open_desk
from annotate_app.services import uploading
from annotate_app.services.uploading import CannotUpload, Upload
from annotate_app.study_file import BadStudyFile, load_study_file
from annotate_app.ui.parts.item import text_html
from calibration.certificate import BadCertificate, certificate_name, read_certificate
from calibration.readers import CannotRead, parse_mapping
from rubrics.files import RubricError, library_rubrics, parse_rubric

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PIECES = st.sampled_from([
    b"{", b"}", b"[", b"]", b'"', b":", b",", b"\n", b"\r", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"item_id",
    b"output", b"rater", b"criterion", b"value", b"NaN", b"1e999", b"9" * 400, b"\\ud800", b"\\u0000", b"=",
    b"'", b"[study]\n", b"name", b"a: &a [*a]", b"!!python/object", b"- ", b"<<", b"---", b"%", b"PAR1",
    b"PK\x03\x04", b"\x1f\x8b", b";", b"<script>", b"](javascript:1)",
])  # fmt: skip
CONTENT = st.lists(PIECES | st.binary(max_size=6), max_size=30).map(b"".join)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("fuzz") / "study"
    folder.mkdir()
    (folder / "study.toml").write_text('[study]\nname = "s"\n', encoding="utf-8")
    (folder / "rubric.yaml").write_bytes(library_rubrics()["support_answer"].read_bytes())
    opened = open_desk(folder)
    yield opened
    opened.close()


@FEW
@given(content=CONTENT, stem=st.text(max_size=20), suffix=st.sampled_from(["", ".exe", *uploading.SUFFIXES]))
def test_an_upload_of_any_name_is_read_or_refused_and_is_no_path(
    desk: Desk, content: bytes, stem: str, suffix: str
) -> None:
    before = sorted(desk.folder.parent.rglob("*"))
    try:
        found = uploading.preview(desk, Upload(f"../../{stem}{suffix}", content))
    except CannotUpload as refusal:
        assert str(refusal)
    else:
        assert found.rows <= uploading.MOST_ROWS
    assert sorted(desk.folder.parent.rglob("*")) == before


@FEW
@given(content=CONTENT)
def test_files_of_settings_are_read_or_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "study.toml").write_bytes(content)
    try:
        assert load_study_file(tmp_path).study.name
    except BadStudyFile as refusal:
        assert "study.toml" in str(refusal)
    with pytest.raises(RubricError, match=r"rubric\.yaml:\d+"):
        parse_rubric(content.decode("utf-8", "replace"))
    with pytest.raises(BadCertificate):
        read_certificate(content.decode("utf-8", "replace"))
    try:
        parse_mapping(content, source="mapping.toml")
    except CannotRead as refusal:
        assert "mapping.toml" in str(refusal)


@FEW
@given(text=st.text(max_size=200) | CONTENT.map(lambda content: content.decode("utf-8", "replace")))
def test_any_text_is_rendered_without_a_tag_of_its_own(text: str) -> None:
    for as_written in (False, True):
        html = text_html(text, as_written)
        assert "<script" not in html
        assert 'href="javascript' not in html


@FEW
@given(judge=st.text(min_size=1, max_size=40), criterion=st.text(max_size=20))
def test_a_certificate_is_named_by_one_part_of_a_path(judge: str, criterion: str) -> None:
    name = certificate_name(judge, (criterion,))
    assert Path(name).name == name
    assert not set(name) & set("/\\\0:")
    assert not name.startswith("..")
