"""The README's example works as it is printed."""

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def test_the_example_prints_what_the_readme_says(server):
    text = README.read_text()
    example = re.search(r"```python\n(from torch.*?)```", text, re.DOTALL)[1]
    expected = re.search(r"prints `(.*?)`", text)[1]
    assert "29500" in example
    example = example.replace("29500", str(server.address[1]))
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", example], capture_output=True,
                         text=True, timeout=60)
    assert run.stdout.strip() == expected, run.stderr
