"""The commands of `way`, one file each; heavy imports only inside, so that help is quick."""
