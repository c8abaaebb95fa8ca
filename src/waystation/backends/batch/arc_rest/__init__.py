"""An ARC computing element anywhere, by its REST interface."""
