"""Where a visitor puts a photo."""

from typing import Any

import gradio as gr

from demos.core.page.events import QUIET


def photo_input(**options: Any) -> gr.Image:
    """Where a visitor puts a photo; events get its path, and `images.load` is the only one to open it.

    Gradio would open it before the event's function runs: a damaged file would end in a message with the server's
    folders in it, and a phone's photo would lose what its camera noted.
    """
    # The webcam's picture is what others see of one, not a mirror's: so are the photos that a class is taught with.
    # As PNG: Gradio's WebP changes the pixels of a picture that we put there, and with them what is said of it.
    image = gr.Image(
        type="filepath", format="png", buttons=[], webcam_options=gr.WebcamOptions(mirror=False), **options
    )

    def path_only(payload: Any) -> Any:
        """None without a photo. One that came inside the request is a file by now: see `door`."""
        return None if payload is None or payload.path is None else str(payload.path)

    # On this object: for a class of our own, Gradio would write a stub file beside this one at every start.
    image.preprocess = path_only  # type: ignore[method-assign]
    return image


def which_photo(photo: gr.Image) -> gr.Textbox:
    """A hidden component whose `.change` comes when another photo is there, or none, however it got there.

    The photo's own `.change` comes also for a mere copy of what is there, and Gradio's page makes one whenever a later
    event notes how far it is: an event on it can set itself off for ever.
    """
    key = gr.Textbox("", visible=False)
    photo.change(
        None, photo, key, js="photo => photo ? photo.path ?? photo.url ?? '' : ''", api_name="which_photo", **QUIET
    )
    return key
