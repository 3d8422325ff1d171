"""Protocols, each vertical and removable: wire, startup, gate, plugin."""
