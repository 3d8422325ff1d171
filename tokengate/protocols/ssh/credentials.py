"""What a client shows of itself, before the route is asked: a token, or a certificate and a signature by its key.

Used by `userauth`. A certificate that carries a token (opkssh's form) is that token; any other is a credential by
itself, for a verifier such as `authorities`.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import field, frozen

from tokengate.errors import ProtocolError, TokenRejected
from tokengate.protocols.ssh import certificates, pktoken
from tokengate.protocols.ssh.algorithms import CERTIFICATE_SUFFIX, CERTIFICATES
from tokengate.protocols.ssh.certificates import Certificate
from tokengate.protocols.ssh.keys import algorithms_of, key_type, verify
from tokengate.protocols.ssh.targets import user_of


@frozen
class Token:
    """A token as the client showed it. `bound`: its issuer committed to a key, by which the client has signed."""

    value: bytes = field(repr=False)
    bound: bool = False


Credential = Token | Certificate
"""A `Certificate` is one by whose key the client has signed; everything else about it is still to be verified."""


@frozen
class Offers:
    """Which certificates are worth a signature of one client's. `recognises`: whether a certificate's wire form is a
    credential by itself; `peer` is "host:port" or "unix:".
    """

    recognises: Callable[[bytes], bool]
    peer: str

    def certificate(self, algorithm: bytes, blob: bytes, user: str, now: float) -> Certificate:
        """The certificate that is offered for `user`. Raises `ProtocolError` or `TokenRejected` where it can't become a
        credential whatever is signed: a client with several is not to use up its attempts.
        """
        if algorithm not in CERTIFICATES:
            raise TokenRejected("certificate", "a key without one")
        certificate = certificates.parse(blob)
        if algorithm.removesuffix(CERTIFICATE_SUFFIX) not in algorithms_of(key_type(certificate.key)):
            raise TokenRejected("certificate", "its key does not sign by that algorithm")
        certificates.check_user(certificate, self.peer, now)
        if pktoken.EXTENSION not in certificate.extensions:
            if not self.recognises(blob):
                raise TokenRejected("authority", "the certificate's authority is not known, and it carries no token")
            certificates.check_principal(certificate, user_of(user))
        return certificate


def proved(certificate: Certificate, algorithm: bytes, signature: bytes, data: bytes) -> Credential:
    """The credential of a client that has signed `data` by a certificate's key. Raises `TokenRejected`."""
    try:
        verify(certificate.key, algorithm.removesuffix(CERTIFICATE_SUFFIX), signature, data)
    except ProtocolError as error:
        raise TokenRejected("signature", str(error)) from None
    value = certificate.extensions.get(pktoken.EXTENSION)
    if value is None:
        return certificate
    if pktoken.is_pk_token(value):
        return Token(pktoken.unwrap(value, certificate.key), bound=True)
    return Token(value)
