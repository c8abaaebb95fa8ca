"""Routers shared by several files: a path's verbs must be in one router to be found."""

from ninja import Router

staging = Router(tags=["staging"])
