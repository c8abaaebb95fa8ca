"""A look-alike of OpenStack's APIs, as much of them as making machines with volumes takes."""
