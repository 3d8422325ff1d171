"""The `tokengate` command."""
