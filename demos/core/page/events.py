"""Events of a page: how they stand in line, how functions name what changes, and errors that are sentences."""

import functools
import html
import inspect
import logging
import os
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from demos.core import startup
from demos.core.errors import DemoError
from demos.core.page.line import COMPUTE, QUICK, SHORT

__all__ = ["COMPUTE", "QUICK", "QUIET", "SHORT"]

Updates = dict[Any, Any]  # component: its new value or gr.update(...)
log = logging.getLogger(__name__)

PAGE, PROGRAM = "page", "program"  # who reads what went wrong
SHOWN = 12.0  # seconds that a message stays; the status line says that something went wrong for longer
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "undocumented"}


def into(function: Callable[..., Any], **components: Any) -> dict[str, Any]:
    """The `fn` and `outputs` of an event whose function returns {name: value}: names that are not in it stay.

    `tab.select(inputs=sheet, **into(open_page, picture=image, words=status))`
    """

    def renamed(values: dict[str, Any]) -> Any:
        # Gradio would take an empty dictionary for one value in place of many.
        return {components[name]: value for name, value in values.items()} or gr.skip()

    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def generator(*args: Any) -> Iterator[Updates]:
            # All of it again at each step: a value that a later step left alone would reach a tab that is not open yet
            # as an empty one, since Gradio's page makes the step's difference to it in place.
            so_far: dict[str, Any] = {}
            for values in function(*args):
                so_far |= values
                yield renamed(so_far)

        _only_gradios_types(generator)
        return {"fn": generator, "outputs": list(components.values())}

    @functools.wraps(function)
    def plain(*args: Any) -> Updates:
        return renamed(function(*args))

    _only_gradios_types(plain)
    return {"fn": plain, "outputs": list(components.values())}


# ---- errors ---------------------------------------------------------------------------------------------------------


def guard(function: Callable[..., Any], to: str = PAGE) -> Callable[..., Any]:
    """An event's function, plain or generator, whose errors are sentences.

    A `DemoError` is shown as it is; anything else is logged with its traceback and named in one honest sentence.

    Args:
        to: who reads them, PAGE or PROGRAM.
    """
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def generator(*args: Any, **kwargs: Any) -> Iterator[Any]:
            try:
                yield from function(*args, **kwargs)
            except Exception as error:
                raise explain(error, to) from error

        _only_gradios_types(generator)
        return generator

    @functools.wraps(function)
    def plain(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            raise explain(error, to) from error

    _only_gradios_types(plain)
    return plain


def _only_gradios_types(wrapper: Callable[..., Any]) -> None:
    """Leaves of a wrapper's annotations what Gradio looks for: its own types, such as `gr.SelectData`.

    The others may name what only a type checker has imported, and Gradio gives up on all where it cannot resolve one.
    """
    types = {name: getattr(gr, str(hint)[3:], None) for name, hint in wrapper.__annotations__.items()}
    own = {name: hint for name, hint in wrapper.__annotations__.items() if inspect.isclass(hint)}
    wrapper.__annotations__ = {
        name: hint
        for name, hint in (types | own).items()
        if inspect.isclass(hint) and hint.__module__.split(".")[0] == "gradio"
    }


def compute(function: Callable[..., Any]) -> Callable[..., Any]:
    """An event's function that runs networks: guarded, and on a ZeroGPU Space with a GPU lent for its time."""
    return guard(lent_gpu(function))


def lent_gpu(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, with a GPU lent for its time on a ZeroGPU Space, which wants to know such functions at the start."""
    if not os.environ.get("SPACES_ZERO_GPU"):
        return function
    from demos.core import device  # loads torch, which the page does not do anywhere else

    return device.gpu(function)


def explain(error: Exception, to: str = PAGE) -> gr.Error:
    """What is said of an exception, to PAGE or PROGRAM: a page takes what it is told for HTML, a program does not."""
    if isinstance(error, gr.Error):
        return error
    if isinstance(error, DemoError):
        words = str(error) if to == PROGRAM else html.escape(str(error), quote=False)
        return gr.Error(words, duration=SHOWN, print_exception=False, title="That did not work")
    mismatched = startup.mismatch(error)
    if mismatched is not None:
        return gr.Error(mismatched, duration=SHOWN, print_exception=False, title="That did not work")
    # By name: torch's own class is a RuntimeError, and torch is not loaded for the question.
    out_of_memory = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    if out_of_memory or "can't allocate memory" in str(error):
        log.error("out of memory", exc_info=error)
        words = "There is not enough memory for this. Use smaller or fewer pictures, and nothing else is lost."
    else:
        log.error("unexpected error", exc_info=error)
        words = f"Something unexpected happened ({type(error).__name__}); the log has the details. Your work is kept."
    return gr.Error(words, duration=SHOWN, print_exception=False, title="That did not work")


# ---- programs -------------------------------------------------------------------------------------------------------


def endpoint(
    function: Callable[..., Any], inputs: Any, outputs: Any, name: str, line: dict[str, Any] = COMPUTE
) -> None:
    """`function` for programs, as `/name`, on components that the page does not show; `line` is where it waits.

    Not `gr.api`: that would hand over files as dictionaries, and lose their type in the documentation.
    """
    gr.on([], guard(lent_gpu(function), PROGRAM), inputs, outputs, api_name=name, **line)
