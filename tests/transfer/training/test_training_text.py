"""What the page Training says of a fine-tuning and a comparison, from numbers that are known."""

import pytest

from demos.core.errors import DemoError
from demos.core.networks import vgg
from demos.transfer import teach
from demos.transfer.data.photos import PhotoSet
from demos.transfer.page.training import text, training
from demos.transfer.settings import HeadConfig
from demos.transfer.training.fine_tune import FineTuneStep


def test_every_epoch_that_lowered_the_validation_loss_is_told() -> None:
    losses = ((0.9, 0.5), (0.8, 0.4), (0.7, 0.45), (0.6, 0.3))
    said = text.tuning_log(FineTuneStep("tuning", 4, 4, losses=losses))
    assert "2 epochs lowered" in said
    assert "Epoch 1: validation loss decreased (0.500 --> 0.400)" in said
    assert "Epoch 2" not in said
    assert "Epoch 3: validation loss decreased (0.400 --> 0.300)" in said
    assert text.tuning_log(FineTuneStep("tuning", 0, 4, losses=losses[:1])) == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "about 5 s"), (23, "about 25 s"), (88, "about 90 s"), (91, "about 2 min"), (300, "about 5 min")],
)
def test_a_time_is_said_as_roughly_as_it_is_known(seconds: float, words: str) -> None:
    assert words in text.offer(seconds)


def test_the_chart_shows_loss_and_accuracy_of_both_sides() -> None:
    step = FineTuneStep("tuning", 2, 4, losses=((0.9, 0.5), (0.8, 0.4)), rights=((0.5, 0.25), (1.0, 0.75)))
    drawn = text.tuning_chart(step)
    assert drawn.count("<polyline") == 4
    assert drawn.count("aria-label") == 2
    assert "recognised (%)" in drawn


def test_both_buttons_train_as_the_last_run_did_with_the_views_that_one_sees(
    digits: PhotoSet, network: vgg.VGG16
) -> None:
    config = HeadConfig(optimiser="Adam", dropout=0.2, seed=3, steps=1)
    taught = list(teach.teach(digits, network, config))[-1].classifier
    assert taught is not None
    assert training.next_settings((config, taught), taught, 0) == config
    now = training.next_settings((config, taught), taught, 2)
    assert (now.views, now.optimiser, now.dropout, now.seed) == (2, "Adam", 0.2, 3)
    assert training.next_settings(None, taught, 1) == HeadConfig(seed=3, views=1)  # as of a file: its seed is known
    with pytest.raises(DemoError, match="Augmented views"):
        training.next_settings(None, taught, 9)
