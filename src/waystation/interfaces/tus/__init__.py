"""tus 1.0: uploads that can be interrupted anywhere and go on from there."""
