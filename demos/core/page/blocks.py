"""The page as Gradio's Blocks: a lighter configuration, one door for what comes in, and long runs that give way."""

import asyncio
import logging
import time
from functools import partial
from typing import Any

import gradio as gr
from gradio.utils import safe_aclose_iterator
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from demos.core import startup
from demos.core.errors import DemoError
from demos.core.page import door
from demos.core.page.events import PAGE, PROGRAM, explain
from demos.core.page.line import COMPUTE, PATIENCE, QUICK, SHORT, Hearing, Turns
from demos.core.page.picture_files import write_once
from demos.core.page.run import Outcome, RunState

log = logging.getLogger(__name__)

# What the configuration says of a component for `/info` alone; only "api_info" is read by Gradio's own client, too.
FOR_INFO = ("api_info_as_input", "api_info_as_output", "example_inputs")
# Named nowhere in what Gradio's part in the browser runs, and what it takes for empty where it is missing.
UNREAD = ("preserved_by_key", "delete_callback", "batch", "max_batch_size", "collects_event_data")
UNREAD_WHEN_EMPTY = ("js_implementation", "event_specific_args", "component_prop_inputs", "show_progress_on")


class Page(gr.Blocks):
    """Blocks whose configuration describes to programs only the components of endpoints that are documented.

    Gradio puts three copies of a component's schema, and an example, into the page of every visitor: 500 of 940 kB
    here. The browser reads none of it, and a program asks `/info`, which still knows all.

    Between two steps of a long run it lets short work go first, and it ends a run that nobody listens to.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        write_once()
        super().__init__(*args, **options)
        self._turns = Turns()
        self._last_step: dict[str | None, float] = {}  # of each long run, by its event: seconds

    async def call_function(
        self, block_fn: Any, processed_input: Any, iterator: Any = None, requests: Any = None,
        event_id: str | None = None, *args: Any, **options: Any,
    ) -> Any:  # fmt: skip
        """Gradio's call of an event's function, which for a generator is one step of it."""
        if not startup.TORCH_IS_LOADED.is_set():
            await asyncio.to_thread(startup.TORCH_IS_LOADED.wait)
        call = partial(super().call_function, block_fn, processed_input, iterator, requests, event_id, *args, **options)
        line = (self.fns[block_fn] if isinstance(block_fn, int) else block_fn).concurrency_id
        if line in (SHORT["concurrency_id"], QUICK["concurrency_id"]):
            async with self._turns.short():
                return await call()
        if line != COMPUTE["concurrency_id"]:
            return await call()
        if iterator is not None:
            await self._turns.give_way(PATIENCE * self._last_step.pop(event_id, 0.0))
        begun = time.monotonic()
        result = await call()
        if result["is_generating"]:
            self._last_step[event_id] = time.monotonic() - begun
            if self._hearing.over(event_id):
                await safe_aclose_iterator(result["iterator"])
                raise gr.Error("Nobody has fetched for a minute what this run says: it ended.", print_exception=False)
        return result

    async def preprocess_data(
        self, block_fn: Any, inputs: list[Any], state: Any, explicit_call: bool = False
    ) -> list[Any]:
        """Gradio's reading of an event's inputs, behind the door."""
        to = PROGRAM if block_fn.api_visibility == "public" else PAGE
        try:
            inputs = door.as_from_the_page(inputs, block_fn.inputs, state)
        except DemoError as error:
            for component in block_fn.inputs:  # a run that was refused at the door has failed: nobody has stopped it
                if isinstance(component, gr.State) and isinstance(state[component._id], RunState):
                    state[component._id].outcome = Outcome.FAILED
            raise explain(error, to) from error
        try:
            return await super().preprocess_data(block_fn, inputs, state, explicit_call)
        except Exception as error:  # Gradio's own words name folders of the server, and classes
            log.warning("an input that cannot be read", exc_info=error)
            raise explain(DemoError("What came in cannot be read. Choose another file or value."), to) from error

    def queue(self, *args: Any, **options: Any) -> Any:
        """Gradio's queue, whose messages tell whether anybody listens."""
        queued = super().queue(*args, **options)
        self._hearing = Hearing(self._queue)
        return queued

    def get_config_file(self) -> Any:
        """Gradio's configuration without the schemas of what only the page itself uses."""
        self._whole = config = super().get_config_file()
        documented = {
            component
            for event in config["dependencies"]
            if event["api_visibility"] == "public"
            for component in (*event["inputs"], *event["outputs"])
        }

        def slim(component: dict[str, Any]) -> dict[str, Any]:
            left_out = FOR_INFO if component["id"] in documented else (*FOR_INFO, "api_info")
            kept = {key: value for key, value in component.items() if key not in left_out}
            return {**kept, "props": _without(component["props"])}

        return {
            **config,
            "components": [slim(component) for component in config["components"]],
            "dependencies": [_without(event) for event in config["dependencies"]],
        }

    def get_api_info(self, *args: Any, **options: Any) -> Any:
        """What `/info` answers, from the whole configuration."""
        slim, self.config = self.config, self._whole
        try:
            return super().get_api_info(*args, **options)
        finally:
            self.config = slim


class CompressedPage(GZipMiddleware):
    """Sends the page and what it is made of compressed: a tenth of the bytes, for thirty pupils on one Wi-Fi.

    Answers of events and pictures go as they are: the first are streams, the second are compressed already.
    """

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        if scope["type"] == "http" and (path.endswith(("/", "/config")) or "/assets/" in path or "/static/" in path):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)


COMPRESSED = {"middleware": [Middleware(CompressedPage, compresslevel=6)]}  # for `launch(app_kwargs=...)`


def _without(described: dict[str, Any]) -> dict[str, Any]:
    empty = {key for key in UNREAD_WHEN_EMPTY if not described.get(key)}
    return {key: value for key, value in described.items() if key not in UNREAD and key not in empty}
