"""Certificates for the web listener: a request for the site's authority, or one to begin with."""

from pathlib import Path
from typing import Annotated

import typer


def tls(
    name: Annotated[
        list[str] | None,
        typer.Argument(help="Names and addresses by which people reach this service."),
    ] = None,
    self_signed: Annotated[  # noqa: FBT002 - a flag of the command line
        bool, typer.Option(help="Also sign it ourselves, for a first look; browsers will warn.")
    ] = False,
    into: Annotated[Path | None, typer.Option(help="Directory; data_dir/tls if left out.")] = None,
) -> None:
    """Make a private key and a certificate request with the right names.

    Send the request to your certificate authority, put its answer beside the key as
    certificate.pem (the chain after the certificate), and name both files in the settings.
    """
    from waystation.bootstrap import certificates
    from waystation.settings import current

    names = name or [certificates.own_name()]
    made = certificates.request(into or current().data_dir / "tls", names)
    typer.echo(f"key      {made.key}\nrequest  {made.request}   for {', '.join(names)}")
    if self_signed:
        certificates.sign(made)
        typer.echo(f"signed   {made.certificate}   by ourselves, for 90 days")
    typer.echo(
        f'\nThen, in the settings:\n\n[web]\nhost = "0.0.0.0"\n'
        f'tls_certificate = "{made.certificate}"\ntls_key = "{made.key}"\n'
    )
