"""What one takes home: settings survive the PNG, hostile notes do not, and the film has all of its frames."""

import io
import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageSequence, PngImagePlugin

from demos.core.errors import DemoError
from demos.style import painting
from demos.style import settings as style_settings
from demos.style.settings import PaintSettings

RECIPE = painting.Recipe(
    replace(PaintSettings(), size=300, seed=7, start="noise"), (("Woodcut", 0.5), ("your own", 1.0)), "x"
)


@given(
    size=st.integers(64, 2048), strength=st.floats(0.05, 10), scale=st.floats(0.1, 4), seed=st.integers(0, 2**31 - 1),
    start=st.sampled_from(style_settings.STARTS), kept=st.sampled_from(style_settings.COLOURS),
    layers=st.dictionaries(st.sampled_from(["relu1_1", "relu3_1"]), st.floats(0.1, 3), min_size=1),
)  # fmt: skip
def test_settings_survive_the_png(
    size: int, strength: float, scale: float, seed: int, start: str, kept: str, layers: dict[str, float]
) -> None:
    settings = PaintSettings(
        size=size, style_strength=strength, style_scale=scale, seed=seed, start=start, colours=kept, layers=layers
    )
    recipe = painting.Recipe(settings, (("Mosaic", 0.25),), "pocket-vgg16")
    assert painting.read_recipe(painting.write_png(Image.new("RGB", (8, 8)), recipe)) == recipe


def test_the_picture_itself_is_kept_exactly() -> None:
    picture = Image.effect_noise((40, 30), 80).convert("RGB")
    path = painting.write_png(picture, RECIPE)
    with Image.open(path) as file:
        assert file.format == "PNG"
        assert file.convert("RGB").tobytes() == picture.tobytes()


def noted(folder: Path, text: str | None) -> Path:
    info = PngImagePlugin.PngInfo()
    if text is not None:
        info.add_itxt(painting.KEY, text)
    Image.new("RGB", (8, 8)).save(folder / "note.png", pnginfo=info)
    return folder / "note.png"


def test_a_picture_without_settings_is_said(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="carries no settings"):
        painting.read_recipe(noted(tmp_path, None))
    (tmp_path / "torn.png").write_bytes(b"torn")
    with pytest.raises(DemoError):
        painting.read_recipe(tmp_path / "torn.png")


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        json.dumps({"settings": {"size": 10**9}, "styles": [], "network": ""}),
        json.dumps({"settings": {"size": "huge"}, "styles": [], "network": ""}),
        json.dumps({"settings": {"layers": {"relu1_1": None}}, "styles": [], "network": ""}),
        json.dumps({"settings": {"layers": 3}, "styles": [], "network": ""}),
        json.dumps({"settings": {"optimiser": "rm -rf"}, "styles": [], "network": ""}),
        json.dumps({"settings": {}, "styles": [["x"]], "network": ""}),
    ],
)
def test_a_hostile_note_gives_a_sentence(text: str, tmp_path: Path) -> None:
    with pytest.raises(DemoError):
        painting.read_recipe(noted(tmp_path, text))


def test_what_it_does_not_know_is_ignored(tmp_path: Path) -> None:
    found = json.loads(json.dumps(asdict(RECIPE)))
    found["settings"]["from_the_future"] = 1
    assert asdict(painting.read_recipe(noted(tmp_path, json.dumps(found)))) == asdict(RECIPE)


def test_the_film_has_every_frame() -> None:
    frames = []
    for i, size in enumerate([(64, 48), (128, 96), (128, 96)]):
        file = io.BytesIO()
        Image.new("RGB", size, (80 * i, 0, 200)).save(file, "JPEG")
        frames.append(file.getvalue())
    with Image.open(painting.movie(frames)) as film:
        assert film.format == "GIF"
        assert getattr(film, "n_frames", 1) == 3
        assert film.size == (128, 96)
        film.seek(2)
        assert film.convert("RGB").getpixel((5, 5))[0] == pytest.approx(160, abs=12)
    with pytest.raises(DemoError, match="Paint first"):
        painting.movie([])


def durations(film: Image.Image) -> list[int]:
    """ms that each frame is shown for, as the file says."""
    return [frame.info["duration"] for frame in ImageSequence.Iterator(film)]


@pytest.mark.parametrize("count", [2, 7, 31, 80])
def test_a_film_takes_six_seconds_and_holds_its_end_for_two(count: int) -> None:
    frames = []
    for i in range(count):
        file = io.BytesIO()
        Image.linear_gradient("L").rotate(360 * i / count).resize((48, 48)).save(file, "JPEG", quality=95)
        frames.append(file.getvalue())
    with Image.open(painting.movie(frames)) as film:
        shown = durations(film)
        kept = min(count, painting.GIF_FRAMES)
        assert len(shown) == kept
        assert shown[-1] == 2000
        assert sum(shown[:-1]) == pytest.approx(6000 * (kept - 1) / kept, rel=0.07)
        assert film.info["loop"] == 0  # for ever


def grain(width: int, height: int, count: int) -> list[bytes]:
    """Frames that no format can compress, and the first ones small, as a run begins."""
    frames = []
    for i in range(count):
        file, part = io.BytesIO(), 4 if i < count // 2 else 1
        Image.effect_noise((width // part, height // part), 120).convert("RGB").save(file, "JPEG", quality=92)
        frames.append(file.getvalue())
    return frames


def test_a_gif_stays_below_three_megabytes() -> None:
    path = painting.movie(grain(512, 512, 60))
    assert path.stat().st_size < 3_000_000
    with Image.open(path) as film:
        assert min(film.size) >= 150


@pytest.mark.parametrize("size", [(101, 67), (512, 342), (1500, 90)])
def test_an_mp4_is_the_run_and_holds_its_end(size: tuple[int, int]) -> None:
    av = pytest.importorskip("av")
    frames = grain(*size, 8)
    with av.open(str(painting.film(frames))) as film:
        shown = [frame.to_image() for frame in film.decode(video=0)]
        rate = film.streams.video[0].average_rate
    assert len(shown) == 8 + 2 * rate  # two seconds of the last one
    assert all(length % 2 == 0 for length in shown[-1].size)
    assert shown[-1].width / shown[-1].height == pytest.approx(size[0] / size[1], rel=0.04)
    assert max(shown[-1].size) <= painting.FILM_SIDE
    with pytest.raises(DemoError, match="Paint first"):
        painting.film([])
