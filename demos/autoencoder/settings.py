"""The choices and limits of the autoencoder tab, free of torch."""

from dataclasses import dataclass

from demos.core.data import small
from demos.core.errors import DemoError

STRONGEST = 3.0  # the denoiser's noise map is multiplied by at most this
NOISES = ("Gaussian", "Salt and pepper", "Poisson", "Speckle", "JPEG")  # those of a textbook; see `noise.KINDS`
SEEN = {  # what our network was shown in its training, in words
    "Gaussian": "Sigma is how far a pixel is off as a rule, of 255. Our network was trained on this noise, up to 55.",
    "Salt and pepper": "Pixels turned black or white. Our network never saw any in its training: the median wins.",
    "Poisson": "Light counted grain by grain: the fewer, the noisier. Our network saw noise like it, as of cameras.",
    "Speckle": "Noise that grows with the brightness. Our network never saw exactly this in its training.",
    "JPEG": "Saved as a small JPEG. Our network saw JPEGs of camera noise from quality 60 on, none as poor as these.",
}
QUALITIES = 6  # of the codec, 0 to 5
QUALITY = 2  # what the page opens with
OURS, AVIF = "our autoencoder", "AVIF"  # formats in the comparison

CONVOLUTIONAL, CONNECTED = "convolutional", "fully connected"
TRANSPOSED, RESIZE = "transposed convolution", "resize, then convolution"


@dataclass(frozen=True)
class LearnSettings:
    """What one can turn before it learns."""

    data: str = small.OFFLINE
    kind: str = CONVOLUTIONAL
    bottleneck: int = 16  # values of the code
    noise: float = 0.3  # standard deviation of what is added to the input; the target stays clean
    upsampling: str = TRANSPOSED
    seconds: float = 15.0
    steps: int = 0  # 0: until the time is up
    batch: int = 32
    lr: float = 5e-3
    seed: int = 0

    def check(self) -> None:
        """Raises DemoError for what cannot be trained."""
        if self.kind not in (CONVOLUTIONAL, CONNECTED):
            raise DemoError(f"There is no {self.kind!r} autoencoder. Choose {CONVOLUTIONAL} or {CONNECTED}.")
        if self.upsampling not in (TRANSPOSED, RESIZE):
            raise DemoError(f"There is no upsampling by {self.upsampling!r}. Choose {TRANSPOSED} or {RESIZE}.")
        if not 1 <= self.bottleneck <= 128:
            raise DemoError(f"A bottleneck of {self.bottleneck} values is out of range. Choose 1 to 128.")
        if not 0 <= self.noise <= 1:
            raise DemoError(f"Noise of {self.noise:g} is out of range. Choose 0 to 1.")
        if not 0 < self.seconds <= 120:
            raise DemoError(f"{self.seconds:g} seconds of training are out of range. Choose 1 to 120.")
