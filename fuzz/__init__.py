"""Coverage-guided fuzzing, by hand: `pip install atheris`, then `python -m fuzz.gate` (or `sql`, `shell`, `ssh`)."""
