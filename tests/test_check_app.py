"""The check app as its users run it: table, report, picture, exit code."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from matplotlib.image import imread
from recordings import RATE, noise

from nasamp.audio.findings import CHECKS
from nasamp.search import search_file

GOOD = noise(62)
BENT = np.tanh(2 * GOOD).astype(np.float32)


@pytest.fixture
def check(nasamp, tmp_path):
    """Return a function that writes two signals and runs the app on them."""

    def run(dry: np.ndarray, wet: np.ndarray, *arguments: str):
        for name, signal in (("dry take.wav", dry), ("wet, take=2.wav", wet)):
            soundfile.write(tmp_path / name, signal, RATE, subtype="FLOAT")
        return nasamp("input=dry take.wav", "output=wet, take=2.wav", *arguments, module="nasamp.check")

    return run


def test_a_good_recording_exits_with_0_and_shows_what_was_measured(check, tmp_path):
    done = check(GOOD, BENT)
    assert (done.returncode, done.stderr) == (0, "")
    verdict, nothing, wrote = done.stdout.splitlines()
    assert verdict.startswith("wet, take=2: the recording can be trained on: ") and " fine" in verdict
    files = f"{Path('recording_check/recording.md')} and {Path('recording_check/recording.png')}"
    assert (nothing, wrote) == ("", f"wrote {files}; verbose=true shows every check")
    assert {path.name for path in tmp_path.iterdir()} == {"dry take.wav", "wet, take=2.wav", "recording_check"}


def test_verbose_shows_every_check(check):
    done = check(GOOD, BENT, "verbose=true")
    lines = done.stdout.splitlines()
    assert lines[2].split(None, 3) == ["verdict", "check", "finding", "what to do"]
    shown = {line.split()[1] for line in lines[3:] if line.startswith("fine")}
    assert shown >= set(CHECKS) - {"W8", "W9", "W14"}  # no repeat, no model, and noise has no notes
    assert "verbose=true" not in done.stdout


def test_warnings_exit_with_4_and_only_they_are_shown(check):
    done = check(GOOD, np.roll(BENT, 100))
    assert done.returncode == 4
    verdict, _, _, warning, _, wrote = done.stdout.splitlines()
    assert verdict.startswith("wet, take=2: the recording can be trained on: 1 warning, ")
    assert warning.startswith("warning") and wrote.startswith("wrote ")
    assert "output lags by about 100 samples (12.50 ms)" in done.stdout
    assert done.stderr == "warning: 1 warning; the recording can be trained on\n"


def test_errors_exit_with_2_and_the_report_lists_all_of_them(check, tmp_path):
    done = check(GOOD, np.roll(-BENT, -100)[: 50 * RATE])
    assert done.returncode == 2
    assert done.stderr == "error: 2 errors; the recording cannot be trained on as it is\n"
    report = (tmp_path / "recording_check" / "recording.md").read_text("utf-8")
    assert report.startswith("# wet, take=2: the recording cannot be trained on as it is")
    rows = [line.split(" | ")[:2] for line in report.splitlines() if line.startswith(("| error", "| warning"))]
    assert rows == [
        ["| error", "E4 length"],
        ["| error", "E10 causality"],
        ["| warning", "E8 duration"],
        ["| warning", "W3 polarity"],
    ]
    assert "## Next" not in report


@pytest.mark.long
def test_following_the_advice_fixes_the_error(check):
    """The keys of training mean the same here, so that the advice can be tried at once."""
    shifted = np.roll(BENT, 100)
    advice = check(GOOD, shifted).stdout.partition("set data.delay=")[2].split(";")[0]
    done = check(GOOD, shifted, f"data.delay={advice}")
    assert done.returncode == 0, done.stdout


def test_the_command_of_the_report_trains_on_the_recording_as_checked(check, nasamp, tmp_path):
    check(GOOD, np.roll(BENT, 100), "data.delay=90", "data.name=my $amp", "data.gap_seconds=0.2", "data.test_share=0.2")
    report = (tmp_path / "recording_check" / "recording.md").read_text("utf-8")
    command = next(line for line in report.splitlines() if line.startswith("python -m nasamp"))
    assert command == (
        "python -m nasamp -m search=poc search.name=my_amp data=recording 'data.input=dry take.wav' "
        "'data.output=wet, take=2.wav' data.delay=90 'data.name=my $amp' data.gap_seconds=0.2 data.test_share=0.2"
    )


@pytest.mark.long
def test_report_and_picture_are_written_to_the_chosen_folder(check, tmp_path):
    check(GOOD, BENT, "folder=my folder/here")
    assert {path.name for path in (tmp_path / "my folder" / "here").iterdir()} == {"recording.md", "recording.png"}


@pytest.mark.long
def test_the_picture_shows_parts_clipping_spectra_and_delay(check, tmp_path):
    """A picture that hides one of them has fewer pixels of its colour."""
    check(GOOD, BENT)
    fine = imread(tmp_path / "recording_check" / "recording.png")[..., :3]
    check(GOOD, np.clip(BENT, -0.5, 0.5))
    clipped = imread(tmp_path / "recording_check" / "recording.png")[..., :3]
    for colour in (0x0072B2, 0xD55E00, 0xD5ECFA, 0xFBF8D0, 0xE6E6E6):  # both signals, both parts, tone filters
        assert pixels(fine, colour) > 500
    assert pixels(fine, 0xCC0000) == 0 < 500 < pixels(clipped, 0xCC0000)


def pixels(image: np.ndarray, colour: int) -> int:
    wanted = np.array([colour >> 16, colour >> 8 & 255, colour & 255])
    return int((np.abs(np.round(image * 255) - wanted) <= 1).all(axis=-1).sum())


def test_a_file_that_cannot_be_read_gives_a_report_without_a_picture(nasamp, tmp_path):
    soundfile.write(tmp_path / "dry.wav", GOOD, RATE)
    (tmp_path / "wet.wav").touch()
    done = nasamp("input=dry.wav", "output=wet.wav", module="nasamp.check")
    assert done.returncode == 2
    assert "wet.wav: cannot be read: Format not recognised" in done.stdout
    assert [path.name for path in (tmp_path / "recording_check").iterdir()] == ["recording.md"]


def test_missing_files_are_reported_and_nothing_is_written(nasamp, tmp_path):
    done = nasamp("input=a.wav", "output=b.wav", module="nasamp.check")
    assert done.returncode == 2
    assert [line.partition(";")[0] for line in done.stderr.splitlines()] == [
        f"error: {name}: cannot be read: there is no such file" for name in ("a.wav", "b.wav")
    ]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["input=a.wav"], "both are required"),
        (["input=a.wav", "output=b.wav", "folder=null"], "folder=None: must be a path"),
        (["input=a.wav", "output=b.wav", "verbose=yes"], "verbose=yes: must be true or false"),
        (["input=3", "output=b.wav"], "3: cannot be read"),
        (["-m", "input=a.wav"], "this app runs once"),
        (["input=a.wav", "data=synthetic"], "need data=recording"),
        (["input=a.wav", "output=b.wav", "data.limits.lag_ms=-1"], "data.limits.lag_ms=-1: must be 0 to 1,000"),
    ],
)
def test_a_wrong_command_gives_a_one_line_error(nasamp, tmp_path, arguments, words):
    done = nasamp(*arguments, module="nasamp.check")
    assert (done.returncode, words in done.stderr, list(tmp_path.iterdir())) == (2, True, []), done.stderr


@pytest.mark.long
def test_the_built_in_guitar_can_be_checked_too(nasamp):
    done = nasamp("data=synthetic", "data.seconds=12", module="nasamp.check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_search_makes_the_same_checks_before_its_first_job_and_writes_nothing(nasamp, tmp_path):
    for name, signal in (("dry.wav", GOOD), ("wet.wav", np.roll(BENT, -100)[: 9 * RATE])):
        soundfile.write(tmp_path / name, signal, RATE, subtype="FLOAT")
    done = nasamp("-m", "model.layers=5,6", "data=recording", "data.input=dry.wav", "data.output=wet.wav")
    assert done.returncode == 2
    found = done.stderr.splitlines()
    assert all(line.startswith("error: ") for line in found)
    assert [any(words in line for line in found) for words in ("-53.000 s", "only 9.0 s", "leads input by")] == [
        True
    ] * 3
    assert len(found) == 3
    assert {path.name for path in tmp_path.iterdir()} == {"dry.wav", "wet.wav"}


@pytest.mark.long
def test_a_search_warns_of_models_whose_memory_is_long_for_the_validation_part(nasamp, tmp_path):
    arguments = ["model.layers=6,7", "data.limits.memory_share=0.004", "data.seconds=12", "phase=smoke", "logger=none"]
    arguments += ["model.channels=2", "launcher=basic"]
    done = nasamp("-m", *arguments, "phase.length.steps=1", "phase.validate_every=1", "trainer.accelerator=cpu")
    assert [line for line in done.stdout.splitlines() if line.startswith("warning")] == [
        "warning: 1 model: receptive field of 255 samples: long for a validation part of 52,920; "
        "raise data.validation_share or data.longest_part_seconds, or record more"
    ], done.stderr
    (facts,) = search_file.read(tmp_path / "results/custom").recordings.values()
    assert facts["warnings"] == [
        line.removeprefix("warning: ") for line in done.stdout.splitlines() if "warning" in line
    ]
