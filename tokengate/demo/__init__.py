"""The main job on embedded defaults: `tokengate demo`."""
