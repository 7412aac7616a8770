"""Our own signing keys: the public set an EHR fetches, and which key signs now. Stores nothing."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from joserfc.jwk import ECKey, RSAKey

from launch.models import ClientKey

ALGORITHMS = ("ES384", "RS384")
"""Both are a client's duty (SMART App Launch 2.2, asymmetric client authentication)."""

CACHE_S = 300
_PUBLIC = ("kty", "n", "e", "crv", "x", "y")


def build_public_jwks(keys: Iterable[ClientKey], *, now: datetime) -> dict[str, Any]:
    """The JWK Set to publish: every key not yet retired, those not yet in use included.

    Each carries kid, alg and use beside its public members; private members are never copied.
    """
    return {
        "keys": [
            {name: key.private_jwk[name] for name in _PUBLIC if name in key.private_jwk}
            | {"kid": key.kid, "alg": key.alg, "use": "sig", "key_ops": ["verify"]}
            for key in keys
            if not _is_retired(key, now)
        ]
    }


def choose_signing_key(keys: Iterable[ClientKey], *, alg: str, now: datetime) -> ClientKey | None:
    """The key of `alg` most lately come into use; None when there is none."""
    usable = [
        key
        for key in keys
        if key.alg == alg and key.active_from <= now and not _is_retired(key, now)
    ]
    return max(usable, key=lambda key: key.active_from, default=None)


def generate_key(alg: str, *, kid: str, active_from: datetime) -> ClientKey:
    """A new key for one of ALGORITHMS (P-384, or RSA of 3072 bits)."""
    key = ECKey.generate_key("P-384") if alg == "ES384" else RSAKey.generate_key(3072)
    private = {name: str(value) for name, value in key.as_dict(private=True).items()}
    return ClientKey(kid=kid, alg=alg, private_jwk=private, active_from=active_from)


def plan_rotation(
    keys: Iterable[ClientKey],
    *,
    alg: str,
    new_kid: str,
    now: datetime,
    lead: timedelta = timedelta(hours=2),
    overlap: timedelta = timedelta(hours=24),
) -> tuple[ClientKey, ...]:
    """The key set after a rotation of `alg`: the new key is published now and signs after `lead`
    (EHRs cache the set), the old ones stay published for `overlap` after that."""
    start = now + lead
    kept = [
        _retiring(key, start + overlap) if key.alg == alg else key
        for key in keys
        if not _is_retired(key, now)
    ]
    return (*kept, generate_key(alg, kid=new_kid, active_from=start))


def _retiring(key: ClientKey, at: datetime) -> ClientKey:
    return ClientKey(
        kid=key.kid,
        alg=key.alg,
        private_jwk=key.private_jwk,
        active_from=key.active_from,
        retire_at=min(at, key.retire_at) if key.retire_at else at,
    )


def _is_retired(key: ClientKey, now: datetime) -> bool:
    return key.retire_at is not None and key.retire_at <= now
