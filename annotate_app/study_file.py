"""study.toml as frozen, checked values; errors name the file, the field and what to do."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from calibration.judges.secrets import certain, known_keys
from calibration.policy_sections import PolicySection

FILE_NAME = "study.toml"
LARGEST = 2_000_000
Share = Annotated[float, Field(ge=0, le=1)]
SplitName = Literal["development", "validation", "held_out"]
HostName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?$", max_length=255)]


class BadStudyFile(ValueError):
    """study.toml cannot be read: which file, which field, why."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class StudySection(_Section):
    """[study]: what the study is; `note` is printed beside all its numbers.

    `key` is the study's identity in the database (default: the name), so that its name may change.
    `image_hosts` are the only hosts from which images in items are loaded.
    `closed` ends rating: no item is asked and no answer changed any more.
    `show_why` tells raters why an item is asked (drawn at random, or where a judge is in doubt).
    """

    name: Annotated[str, Field(min_length=1, max_length=200)]
    key: str = ""
    rubric: str = "rubric.yaml"
    owner: str = ""
    review_after: str = ""
    raters_per_item: Annotated[int, Field(ge=1, le=100)] = 2
    note: str = ""
    closed: bool = False
    show_why: bool = False
    image_hosts: tuple[HostName, ...] = ()


class StratumSection(_Section):
    """[strata.NAME]: its share of production traffic, and whether all of it needs care."""

    share: Share
    sensitive: bool = False


class SplitSection(_Section):
    """[split]: how items are divided when the split is frozen."""

    shares: dict[SplitName, Share] | None = None
    seed: int = 0
    by: Literal["cluster", "item"] = "cluster"


class BudgetSection(_Section):
    """[judges.NAME.budget]: a run stops before it makes more calls, or has spent more dollars, than this."""

    calls: Annotated[int, Field(ge=1)] | None = None
    usd: Annotated[float, Field(gt=0)] | None = None


class PriceSection(_Section):
    """[judges.NAME.price]: dollars for a million tokens, where the price list lacks the model or is wrong."""

    input_per_million: Annotated[float, Field(ge=0)]
    output_per_million: Annotated[float, Field(ge=0)]


class JudgeSection(_Section):
    """[judges.NAME]: exactly one way to answer, and its settings; `criteria` names those it answers.

    From `timeout_seconds` on the settings say how a run is made, and are no part of who the judge is.
    """

    model: str | None = None
    code: str | None = None
    command: str | None = None
    baseline: str | None = None
    panel: tuple[str, ...] | None = None
    imported: str | None = Field(default=None, alias="import")
    parameters: dict[str, object] = Field(default_factory=dict)
    samples: Annotated[int, Field(ge=1)] = 1
    prompt: str | None = None
    criteria: tuple[str, ...] | None = None
    calls: Literal["item", "criterion"] | None = None
    reply: Literal["schema", "tool", "text"] | None = None
    confidence: tuple[str, ...] | None = None
    both_orders: bool | None = None
    examples: str | None = None
    timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 120.0
    concurrency: Annotated[int, Field(ge=1, le=1000)] = 16
    attempts: Annotated[int, Field(ge=1, le=20)] = 5
    context_window: Annotated[int, Field(ge=1)] | None = None
    budget: BudgetSection = BudgetSection()
    price: PriceSection | None = None
    usd_per_call: Annotated[float, Field(ge=0)] | None = None  # of a program
    redact: bool = False

    @model_validator(mode="after")
    def _one_kind(self) -> JudgeSection:
        if sum(value is not None for value in self.ways.values()) != 1:
            raise ValueError(f"name exactly one of {', '.join(self.ways)}")
        return self

    @property
    def ways(self) -> dict[str, object]:
        """What each kind of judge is given; exactly one is not None."""
        return {
            "model": self.model,
            "code": self.code,
            "command": self.command,
            "baseline": self.baseline,
            "panel": self.panel,
            "import": self.imported,
        }

    @property
    def kind(self) -> str:
        return next(name for name, value in self.ways.items() if value is not None)


class QualitySection(_Section):
    """[monitor.quality.CRITERION]: which answers are good, and the share of them that must stand.

    `good` lists them; `good_from` says it of numbers, from which one on.
    `alternatives`: the worse shares to notice soonest (default: five drops of 2.5% to 36%).
    """

    good: tuple[str | int | float, ...] = ()
    good_from: float | None = None
    floor: Annotated[float, Field(gt=0, lt=1)]
    alternatives: tuple[Annotated[float, Field(gt=0, lt=1)], ...] | None = None

    @model_validator(mode="after")
    def _alternatives_are_worse(self) -> QualitySection:
        if self.alternatives is not None and not all(worse < self.floor for worse in self.alternatives):
            raise ValueError("alternatives must lie below the floor")
        if self.good and self.good_from is not None:
            raise ValueError("give good or good_from, not both")
        return self


class MonitorSection(_Section):
    """[monitor]: share of traffic judged, share of the judged that people review, and what raises an alarm.

    Shares are by stratum, with `routine` for all others and `sensitive` for sensitive items. `anchor_share`:
    anchor items judged again for each production item that is judged; `anchor_check`: how many more when a
    fall of quality must be explained. `agreement_floor`: by criterion; without one it is the agreement on the
    anchor set when following it began, less `agreement_margin`. `alpha` is shared by all processes.
    """

    judge: str = ""
    judge_share: dict[str, Share] = Field(default_factory=dict)
    review_share: dict[str, Share] = Field(default_factory=dict)
    quality: dict[str, QualitySection] = Field(default_factory=dict)
    agreement_floor: dict[str, Annotated[float, Field(gt=0, lt=1)]] = Field(default_factory=dict)
    agreement_margin: Annotated[float, Field(ge=0, lt=1)] = 0.05
    anchor_share: Annotated[float, Field(ge=0, le=10)] = 0.1
    anchor_check: Annotated[int, Field(ge=0, le=5000)] = 150
    mix_tolerance: Annotated[float, Field(ge=0, lt=1)] = 0.05
    alpha: Annotated[float, Field(gt=0, le=0.2)] = 0.05
    seed: int = 1


class TrainingSection(_Section):
    """[training]: how many training items a new rater answers, and the share of answers to get right."""

    items: Annotated[int, Field(ge=1, le=100)] = 5
    pass_share: Annotated[float, Field(gt=0, le=1)] = 0.8


class RetentionSection(_Section):
    """[retention]: for how many days personal data is kept; without a number it is kept.

    `texts_days`: notes, reasons in own words and questions. `sessions_days`: sign-ins, tokens and invitations
    that have ended. `names_days`: names of raters who have answered nothing and cannot sign in. Labels stay.
    """

    texts_days: Annotated[int, Field(ge=1)] | None = None
    sessions_days: Annotated[int, Field(ge=1)] | None = None
    names_days: Annotated[int, Field(ge=1)] | None = None


class StudyFile(_Section):
    """The whole of study.toml."""

    study: StudySection
    strata: dict[str, StratumSection] = Field(default_factory=dict)
    split: SplitSection = Field(default_factory=SplitSection)
    judges: dict[str, JudgeSection] = Field(default_factory=dict)
    policy: PolicySection = Field(default_factory=PolicySection)
    monitor: MonitorSection = Field(default_factory=MonitorSection)
    training: TrainingSection | None = None
    retention: RetentionSection = RetentionSection()

    @property
    def strata_shares(self) -> dict[str, float]:
        """Each stratum's declared share of production traffic."""
        return {name: section.share for name, section in self.strata.items()}

    @property
    def sensitive_strata(self) -> frozenset[str]:
        """The strata whose items all count as sensitive, whether or not each is marked so."""
        return frozenset(name for name, section in self.strata.items() if section.sensitive)

    @model_validator(mode="after")
    def _follows_a_judge_that_can_be_asked(self) -> StudyFile:
        followed = self.judges.get(self.monitor.judge)
        if followed is not None and followed.kind == "import":
            raise ValueError(
                f"[monitor] judge = {self.monitor.judge!r}: its verdicts are imported, so nobody can ask it "
                "about new outputs; name one of the kind model, command, code, baseline or panel"
            )
        return self


def load_study_file(folder: Path) -> StudyFile:
    """The study.toml of a study folder; `BadStudyFile` says what is wrong and where."""
    path = folder / FILE_NAME
    try:
        raw = tomllib.loads(_text_of(path))
    except BadStudyFile:
        raise
    except FileNotFoundError:
        raise BadStudyFile(
            f"{path}: no such file; `calibrant init FOLDER` makes a study, --study FOLDER names one"
        ) from None
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits, a list in a list in a …
        raise BadStudyFile(f"{path}: not valid TOML: {error}") from error
    except OSError as error:
        raise BadStudyFile(f"{path}: cannot be read: {error.strerror}") from error
    return parse_study_file(raw, source=str(path))


def rubric_path(folder: Path, study_file: StudyFile) -> Path:
    """The rubric that study.toml names, a file of the study folder also behind links; else BadStudyFile."""
    path = (folder / study_file.study.rubric).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise BadStudyFile(
            f"{folder / FILE_NAME}: [study] rubric = {study_file.study.rubric!r} lies outside the study "
            "folder: copy it into the folder"
        )
    return folder / study_file.study.rubric


def _text_of(path: Path) -> str:
    """The file's text, which is small and holds no key of ours."""
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise BadStudyFile(f"{path}: is larger than {LARGEST:,} bytes: is it a study.toml?")
    text = content.decode("utf-8-sig")
    for value, name in certain(known_keys()):
        if value in text:
            raise BadStudyFile(f"{path}: holds the value of {name}: keys stand in the environment alone")
    return text


def parse_study_file(raw: dict[str, object], *, source: str) -> StudyFile:
    """A parsed TOML table as a StudyFile; every fault is named by its field."""
    try:
        return StudyFile.model_validate(raw)
    except ValidationError as error:
        faults = (f"  {'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in error.errors())
        raise BadStudyFile(f"{source} has {error.error_count()} faults:\n" + "\n".join(faults)) from error
