"""Macaroons as dCache and XRootD give them: bearer tokens that anybody can narrow further."""
