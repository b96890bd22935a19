"""The table of known differences lists only tests that exist."""

from pathlib import Path

from known_differences import KNOWN_DIFFERENCES


def test_every_known_difference_names_an_existing_test():
    here = Path(__file__).parent
    for name in KNOWN_DIFFERENCES:
        module, _, function = name.partition("::")
        assert f"def {function}(" in (here / f"{module}.py").read_text(), name
