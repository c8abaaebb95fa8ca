"""`waystation demo`: the main job on real files, against a simulated tape library."""
