"""The page as Gradio's Blocks, with half of what they would send to each visitor before anything is seen."""

from typing import Any

import gradio as gr

# What the configuration says of a component for `/info` alone; only "api_info" is read by Gradio's own client, too.
FOR_INFO = ("api_info_as_input", "api_info_as_output", "example_inputs")


class Page(gr.Blocks):
    """Blocks whose configuration describes to programs only the components of endpoints that are documented.

    Gradio puts three copies of a component's schema, and an example, into the page of every visitor: 500 of 940 kB
    here. The browser reads none of it, and a program asks `/info`, which still knows all.
    """

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
            return {key: value for key, value in component.items() if key not in left_out}

        return {**config, "components": [slim(component) for component in config["components"]]}

    def get_api_info(self, *args: Any, **options: Any) -> Any:
        """What `/info` answers, from the whole configuration."""
        slim, self.config = self.config, self._whole
        try:
            return super().get_api_info(*args, **options)
        finally:
            self.config = slim
