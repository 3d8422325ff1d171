"""The I/O edge: listeners, streams, TLS, backpressure, the driver between two streams and a gate."""
