"""TapeBench: how long people wait for recalls, on a simulated library, under many policies."""
