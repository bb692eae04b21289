"""The page's choices are those of the modules that do the work."""

import dataclasses

from demos.dcgan import settings
from demos.dcgan.training import toy2d
from demos.dcgan.training.ablations import Ablation


def test_the_page_offers_every_target_and_every_guideline() -> None:
    assert tuple(toy2d.TARGETS) == settings.TARGETS
    assert {field for field, _, _ in settings.SWITCHES} == {field.name for field in dataclasses.fields(Ablation)}
