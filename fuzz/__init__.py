"""Coverage-guided fuzzing, by hand: `pip install atheris`, then `python -m fuzz.gate` or `python -m fuzz.sql`."""
