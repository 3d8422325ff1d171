"""Benchmarks: `make bench`, or `python -m bench --help`. Everything that is compared runs interleaved in one go."""
