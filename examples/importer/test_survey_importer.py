"""The importer keeps what Calibrant asks of every importer."""

from pathlib import Path

from survey_importer import SURVEY

from calibration.readers import Hints
from calibration.readers.conformance import check_format

ANSWERS = Path(__file__).parent / "answers.jsonl"


def test_the_sample_gives_what_is_in_it_and_nothing_breaks_the_importer() -> None:
    found = check_format(SURVEY, ANSWERS, Hints(criterion="correct"))
    assert found == {"item": 2, "label": 3, "aside": 1}
