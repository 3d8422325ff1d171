"""Coverage-guided fuzzing, by hand: `pip install atheris`, then `python -m fuzz.gate`, `fuzz.sql` or `fuzz.shell`."""
