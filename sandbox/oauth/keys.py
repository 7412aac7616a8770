"""The server's own id_token keys, one set per personality, made when first needed."""

import uuid

from joserfc.jwk import RSAKey

from sandbox.jsontypes import Json


class KeyRing:
    """RS256 keys. Rotation adds a key; the old one stays published until it is dropped."""

    def __init__(self) -> None:
        self._keys: dict[str, list[RSAKey]] = {}

    def signing(self, personality: str) -> RSAKey:
        """The newest key."""
        if personality not in self._keys:
            self._keys[personality] = [self._make()]
        return self._keys[personality][-1]

    def rotate(self, personality: str, *, drop_old: bool) -> None:
        """Sign with a new key from now on."""
        old = [] if drop_old else self._keys.get(personality, [])
        self._keys[personality] = [*old, self._make()]

    def public(self, personality: str) -> Json:
        """The JWKS document."""
        self.signing(personality)
        return {"keys": [k.as_dict(private=False) for k in self._keys[personality]]}

    @staticmethod
    def _make() -> RSAKey:
        return RSAKey.generate_key(
            2048, {"kid": uuid.uuid4().hex, "use": "sig", "alg": "RS256"}, private=True
        )
