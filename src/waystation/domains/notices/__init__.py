"""What operators tell people: on every page, in the API, by the command."""
