"""The dependencies of the package, read from requirements.txt; pyproject.toml holds everything else."""

from pathlib import Path

from setuptools import setup

LINES = Path(__file__).with_name("requirements.txt").read_text("utf-8").splitlines()
REQUIREMENTS = [line.partition("#")[0].strip() for line in LINES]

# Without options of pip, and without the line that stops pip on another Python: see requires-python.
setup(install_requires=[name for name in REQUIREMENTS if name and not name.startswith(("-", "pip=="))])
