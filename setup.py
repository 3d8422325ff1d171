"""What setup.cfg can't say: the compiled row engine, wanted but not needed. TOKENGATE_PURE=1 leaves it out."""

import os
from pathlib import Path

from setuptools import setup

SOURCE = Path("tokengate/protocols/postgres/_rows.pyx")


def extensions():
    if os.environ.get("TOKENGATE_PURE") or not SOURCE.exists():
        return []
    try:
        from Cython.Build import cythonize
    except ImportError:
        return []
    found = cythonize([str(SOURCE)], language_level=3)
    for extension in found:
        extension.optional = True  # without a compiler the plain Python engine serves
    return found


setup(ext_modules=extensions())
