"""What is imported is declared, and what is declared is imported."""

import ast
import re
import sys

from tests.server import ROOT

PACKAGES = {
    "PIL": "pillow",
    "pi_heif": "pi-heif",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "huggingface_hub": "huggingface-hub",
}
ELSEWHERE = {"spaces", "bm3d"}  # of Hugging Face's Spaces; for non-commercial use: used where they are installed


def test_requirements_are_the_imports() -> None:
    imported = set()
    for path in [ROOT / "app.py", *(ROOT / "demos").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
    needed = {PACKAGES.get(name, name) for name in imported - sys.stdlib_module_names - {"demos"} - ELSEWHERE}
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    assert {re.split("[<>=]", line)[0] for line in lines if line and line[0] != "#"} == needed
