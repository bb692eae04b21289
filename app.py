"""Hidden Layers: deep learning you can touch. One page in the browser; run `python app.py --help`."""

import argparse
import os
import sys
import threading
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gradio as gr
from demos import DEMOS, Demo
from demos.core import startup
from demos.core.data.folder import set_data_folder
from demos.core.errors import DemoError

# Nothing is reported or fetched by the page itself: it must work without a network, and photos stay where they are.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
if os.environ.get("SPACES_ZERO_GPU"):
    import spaces  # noqa: F401  (on a Space with lent GPUs it must come before torch)

CLASSROOM = 60  # runs that may wait in line: thirty pupils, two each


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line, free of torch and gradio, so that --help answers at once."""
    parser = argparse.ArgumentParser(prog="python app.py", description="Hidden Layers: deep learning you can touch.")
    parser.add_argument("--port", type=int, default=int(os.environ.get("GRADIO_SERVER_PORT", "7860")))
    parser.add_argument(
        "--host", default=os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1"), help="0.0.0.0: the room; ::1 works too"
    )
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.add_argument("--share", action="store_true", help="a public address, by Gradio's relay")
    parser.add_argument("--root-path", metavar="PATH", help="behind a proxy: /lab/demo if that is its public path")
    parser.add_argument("--auth", metavar="USER:PASSWORD", help="ask visitors for these")
    parser.add_argument("--only", nargs="+", metavar="TAB", help=f"only these tabs: {', '.join(d.name for d in DEMOS)}")
    parser.add_argument("--device", default="auto", help=f"one of: {', '.join(startup.DEVICES)}")
    parser.add_argument("--offline", action="store_true", help="never ask the Hub for anything")
    parser.add_argument("--data", metavar="FOLDER", help="data sets that are here already")
    chosen = parser.parse_args(argv)
    for name in chosen.only or []:
        if name not in {demo.name for demo in DEMOS}:
            parser.error(f"there is no tab {name!r}; there are: {', '.join(demo.name for demo in DEMOS)}")
    if chosen.device not in startup.DEVICES:
        parser.error(f"there is no device {chosen.device!r}; there are: {', '.join(startup.DEVICES)}")
    if chosen.auth and ":" not in chosen.auth:
        parser.error("--auth needs USER:PASSWORD, with a colon between the two")
    if chosen.root_path and not chosen.root_path.startswith(("/", "http://", "https://")):
        parser.error("--root-path begins with a slash: --root-path /lab/demo")
    return chosen


def build(demos: tuple[Demo, ...] = DEMOS) -> "gr.Blocks":
    """The page: header, one tab per demo, footer."""
    import gradio as gr

    from demos.core.page import footer
    from demos.core.page.blocks import Page

    with Page(title="Hidden Layers", analytics_enabled=False, delete_cache=(3600, 4 * 3600)) as page:
        gr.HTML('<div class="hl-header"><h1>Hidden Layers</h1><p>deep learning you can touch</p></div>')
        with gr.Tabs(overflow_behavior="wrap"):
            for demo in demos:
                with gr.Tab(demo.title, id=demo.name):
                    gr.Markdown(demo.promise, elem_classes="hl-promise")
                    import_module(demo.module).build(page)
        footer.build(page)
    return page


def warm(demos: tuple[Demo, ...]) -> None:
    """Loads torch and each tab's networks in the background, so that the first click finds them there."""

    def run() -> None:
        startup.load_torch()
        for demo in demos:
            getattr(import_module(demo.module), "warm", lambda: None)()

    threading.Thread(target=run, name="warm", daemon=True).start()


def main(argv: list[str] | None = None) -> None:
    chosen = arguments(argv)
    demos = tuple(demo for demo in DEMOS if not chosen.only or demo.name in chosen.only)
    try:
        startup.check_port(chosen.host, chosen.port)
        page = prepare(chosen, demos)
    except DemoError as error:
        sys.exit(f"Hidden Layers cannot start: {error}")
    from demos.core.page import blocks, theme

    startup.TORCH_IS_LOADED.clear()  # first events wait for `warm`
    page.queue(default_concurrency_limit=8, max_size=CLASSROOM).launch(
        server_name=f"[{chosen.host}]" if ":" in chosen.host else chosen.host,  # as addresses of IPv6 are written
        root_path=chosen.root_path,
        server_port=chosen.port,
        inbrowser=not chosen.no_browser and not os.environ.get("SPACE_ID"),
        share=chosen.share,
        auth=tuple(chosen.auth.split(":", 1)) if chosen.auth else None,
        theme=theme.theme(),
        css=theme.CSS,
        head=theme.HEAD,
        show_error=True,
        run_history=False,  # no photo is kept in the browser either
        enable_monitoring=False,
        max_file_size="500mb",
        footer_links=["api", "settings"],
        ssr_mode=False,
        app_kwargs=blocks.COMPRESSED,
        prevent_thread_lock=True,
    )
    warm(demos)  # now, and not before: loading torch would keep the first visitor from the page
    page.block_thread()


def prepare(chosen: argparse.Namespace, demos: tuple[Demo, ...]) -> "gr.Blocks":
    """The page, and what must be known before it is up; torch is loaded later, unless a device is asked for by name."""
    from demos.core.hub import fetch

    startup.set_device(chosen.device)
    if chosen.device not in ("auto", "cpu"):
        startup.device_in_words()
    fetch.set_offline(chosen.offline)
    if chosen.data:
        set_data_folder(chosen.data)
    return build(demos)


if __name__ == "__main__":
    main()
