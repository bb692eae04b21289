"""Many small pictures as one: contact sheets, enlargements, and moving pictures (GIF, MP4)."""

import math
from pathlib import Path

import numpy as np
from PIL import Image

from demos.core.errors import DemoError
from demos.core.files import new_file

FRAME = 2  # px between two pictures of a sheet in one file
PALETTE_FRAMES = 6  # frames of a GIF that its one palette is taken from


def enlarge(picture: Image.Image, side: int = 256) -> Image.Image:
    """A whole number of times as large, the longer side at most `side` px, without smoothing."""
    times = _times(picture.size, side)
    return picture.resize((picture.width * times, picture.height * times), Image.Resampling.NEAREST)


def enlarge_frames(frames: np.ndarray, side: int = 256) -> np.ndarray:
    """As `enlarge`, of frames (F, H, W, 3) in one array."""
    times = _times(frames.shape[1:3], side)
    return frames.repeat(times, 1).repeat(times, 2)


def _times(size: tuple[int, ...], side: int) -> int:
    return max(1, side // max(size))


def contact_sheet(
    pictures: np.ndarray, columns: int = 0, times: int = 2, *, gap: int = FRAME, background: int = 255
) -> Image.Image:
    """Pictures side by side, row by row.

    Args:
        pictures: (N, H, W, 3) RGB or (N, H, W) grey, bytes 0..255.
        columns: pictures in a row; 0 makes the sheet as nearly square as it gets.
        times: how many times as large, without smoothing.
        gap: px between two pictures, before enlarging.
        background: grey value 0..255 of the gaps.
    """
    count, height, width = pictures.shape[:3]
    columns = min(count, columns or math.ceil(math.sqrt(count)))
    rows = math.ceil(count / columns)
    size = rows * (height + gap) - gap, columns * (width + gap) - gap
    pixels = np.full((*size, *pictures.shape[3:]), background, np.uint8)
    for i, picture in enumerate(pictures):
        top, left = i // columns * (height + gap), i % columns * (width + gap)
        pixels[top : top + height, left : left + width] = picture
    sheet = Image.fromarray(pixels)
    return sheet.resize((sheet.width * times, sheet.height * times), Image.Resampling.NEAREST)


# ---- moving pictures ------------------------------------------------------------------------------------------------


def gif(frames: np.ndarray, fps: float, name: str, *, hold: float = 0.0, dither: bool = False) -> Path:
    """Frames (F, H, W, 3), bytes 0..255, as a GIF that starts over at its end.

    All frames have one palette, taken from some of them: one for each would make still areas flicker.

    Args:
        fps: frames per second; browsers show at most 50.
        name: of the file.
        hold: seconds that the last frame stays; 0 for as long as the others.
        dither: Floyd-Steinberg, for photos; without it flat colours stay flat.
    """
    some = frames[np.linspace(0, len(frames) - 1, min(PALETTE_FRAMES, len(frames))).round().astype(int)]
    palette = Image.fromarray(some.reshape(-1, *some.shape[2:])).quantize(255)
    dithering = Image.Dither.FLOYDSTEINBERG if dither else Image.Dither.NONE
    first, *others = (Image.fromarray(frame).quantize(palette=palette, dither=dithering) for frame in frames)
    each = max(20, round(100 / fps) * 10)  # ms: the format counts hundredths of a second
    durations = [each] * len(others) + [round(1000 * hold) or each]
    path = new_file(name)
    first.save(path, save_all=True, append_images=others, duration=durations, loop=0)
    return path


def mp4(frames: np.ndarray, fps: int, name: str) -> Path:
    """Frames (F, H, W, 3), bytes 0..255, H and W even, as a film (H.264) that every browser plays.

    Raises:
        DemoError: the package av is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise DemoError("MP4 needs the package av, which is not installed. Run make install, or keep a GIF.") from error
    path = new_file(name)
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as file:
        stream = file.add_stream("libx264", rate=fps, options={"crf": "18"})
        stream.height, stream.width, stream.pix_fmt = frames.shape[1], frames.shape[2], "yuv420p"
        for frame in frames:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        file.mux(stream.encode())
    return path
