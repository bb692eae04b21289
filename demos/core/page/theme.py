"""How the page looks: one theme in paper-white and ink-dark, system fonts, one warm and one cool accent.

Warm is what can be pressed, cool is what the network says. The charts use the same two, and grey.
"""

from pathlib import Path

import gradio as gr

WARM, COOL, GREY = "#b4450f", "#1f6f8b", "#7a756c"
_HERE = Path(__file__).parent
CSS = (_HERE / "theme.css").read_text(encoding="utf-8")
# The same once more for the page's head: Gradio puts its own container before every selector of `css`, which makes our
# rules win over its own, but leaves rules about the container itself without anything to match.
SCRIPTS = [(_HERE / name).read_text(encoding="utf-8") for name in ("theme.js", "mend.js")]
HEAD = f"<style>{CSS}</style>" + "".join(f"<script>{script}</script>" for script in SCRIPTS)

_FONT = ["ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif"]
_MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]
_CLAY = gr.themes.Color(
    c50="#fdf5ef", c100="#fae6d8", c200="#f4c9ac", c300="#eda67a", c400="#e08048", c500="#cb5c20",
    c600="#b4450f", c700="#93370d", c800="#752d10", c900="#5f2711", c950="#341206", name="clay",
)  # fmt: skip
_SEA = gr.themes.Color(
    c50="#f0f8fa", c100="#d9ecf2", c200="#b6dbe6", c300="#84c1d3", c400="#4b9fb8", c500="#2f849f",
    c600="#1f6f8b", c700="#235a70", c800="#264c5d", c900="#234150", c950="#122935", name="sea",
)  # fmt: skip
_PAPER = gr.themes.Color(
    c50="#fbfaf7", c100="#f3f1ec", c200="#e5e1d8", c300="#cfc9bc", c400="#a49d8f", c500="#7a756c",
    c600="#5c5850", c700="#45423c", c800="#2b2925", c900="#1c1b18", c950="#121110", name="paper",
)  # fmt: skip


def theme() -> gr.themes.Base:
    """The theme for `launch`; names of fonts are plain, so that nothing is fetched for them."""
    return gr.themes.Base(
        primary_hue=_CLAY,
        secondary_hue=_SEA,
        neutral_hue=_PAPER,
        radius_size=gr.themes.sizes.radius_md,
        font=_FONT,
        font_mono=_MONO,
    ).set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        body_text_color="*neutral_900",
        body_text_color_dark="*neutral_100",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        block_background_fill="white",
        block_background_fill_dark="*neutral_900",
        block_border_width="1px",
        block_border_color="*neutral_200",
        block_border_color_dark="*neutral_800",
        block_label_text_color="*neutral_600",
        block_label_text_color_dark="*neutral_300",
        block_shadow="none",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover_dark="*primary_500",
        button_primary_text_color="white",
        button_secondary_background_fill="*neutral_100",
        button_secondary_background_fill_hover="*neutral_200",
        button_secondary_background_fill_dark="*neutral_800",
        link_text_color="*primary_600",
        link_text_color_dark="*primary_300",
        slider_color="*primary_600",
        checkbox_background_color_selected="*primary_600",
        color_accent="*primary_600",
        color_accent_soft="*primary_50",
        stat_background_fill="*secondary_600",
        stat_background_fill_dark="*secondary_400",
    )
