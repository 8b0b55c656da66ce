"""The server's side of the authorization key exchange.

Source: https://core.telegram.org/mtproto/auth_key, with the older RSA padding (SHA-1), which
Kurigram uses. One exchange a connection, in three questions and answers.
"""

import secrets
import time
from hashlib import sha1

from pyrogram.crypto import aes
from pyrogram.crypto.prime import CURRENT_DH_PRIME
from pyrogram.raw import functions, types

from simulator.wire.server_key import ServerKey
from simulator.wire.tl import Object, UnknownConstructor, decode

# The client factors this product of two primes as its proof of work; small ones keep logins cheap.
PQ = (1_000_003 * 1_000_033).to_bytes(8, "big")
GENERATOR = 3
# An exponent of 512 bits costs a quarter of one of 2048, and is far more than the prime needs.
EXPONENT_BITS = 512


class KeyExchangeError(ConnectionError):
    """The client broke the exchange: a wrong nonce, hash or order of steps."""


def _signed(size: int) -> int:
    return int.from_bytes(secrets.token_bytes(size), "little", signed=True)


class KeyExchange:
    def __init__(self, server_key: ServerKey) -> None:
        self._server_key = server_key
        self._nonce = 0
        self._server_nonce = _signed(16)
        self._new_nonce = b""
        self._exponent = 0
        self._temporary_key = b""
        self._temporary_iv = b""
        self.auth_key: bytes | None = None
        """The agreed key, 256 bytes, once the last answer is made."""

    def answer(self, query: Object) -> Object:
        """The answer to one step. Raises KeyExchangeError."""
        try:
            if isinstance(query, (functions.ReqPq, functions.ReqPqMulti)):
                return self._offer(query)
            if isinstance(query, functions.ReqDHParams):
                return self._give_parameters(query)
            if isinstance(query, functions.SetClientDHParams):
                return self._agree(query)
        except (UnknownConstructor, ValueError) as error:
            raise KeyExchangeError(f"{query.QUALNAME}: {error}") from error
        raise KeyExchangeError(f"{query.QUALNAME} is no step of a key exchange")

    def _offer(self, query: functions.ReqPq | functions.ReqPqMulti) -> types.ResPQ:
        self._nonce = query.nonce
        return types.ResPQ(
            nonce=self._nonce,
            server_nonce=self._server_nonce,
            pq=PQ,
            server_public_key_fingerprints=[self._server_key.fingerprint],
        )

    def _give_parameters(self, query: functions.ReqDHParams) -> types.ServerDHParamsOk:
        self._check_nonces(query.nonce, query.server_nonce)
        block = self._server_key.decrypt(query.encrypted_data)
        inner = decode(block[21:])
        if not isinstance(inner, (types.PQInnerData, types.PQInnerDataDc)):
            raise KeyExchangeError("the first step holds something else than p_q_inner_data")
        if sha1(inner.write()).digest() != block[1:21]:
            raise KeyExchangeError("the hash of p_q_inner_data is wrong")
        self._check_nonces(inner.nonce, inner.server_nonce)
        self._derive_temporary_key(inner.new_nonce)
        self._exponent = secrets.randbits(EXPONENT_BITS)
        answer = types.ServerDHInnerData(
            nonce=self._nonce,
            server_nonce=self._server_nonce,
            g=GENERATOR,
            dh_prime=CURRENT_DH_PRIME.to_bytes(256, "big"),
            g_a=pow(GENERATOR, self._exponent, CURRENT_DH_PRIME).to_bytes(256, "big"),
            server_time=int(time.time()),
        ).write()
        hashed = sha1(answer).digest() + answer
        padded = hashed + secrets.token_bytes(-len(hashed) % 16)
        return types.ServerDHParamsOk(
            nonce=self._nonce,
            server_nonce=self._server_nonce,
            encrypted_answer=aes.ige256_encrypt(padded, self._temporary_key, self._temporary_iv),
        )

    def _derive_temporary_key(self, new_nonce: int) -> None:
        self._new_nonce = new = new_nonce.to_bytes(32, "little", signed=True)
        server = self._server_nonce.to_bytes(16, "little", signed=True)
        new_server, server_new = sha1(new + server).digest(), sha1(server + new).digest()
        self._temporary_key = new_server + server_new[:12]
        self._temporary_iv = server_new[12:] + sha1(new + new).digest() + new[:4]

    def _agree(self, query: functions.SetClientDHParams) -> types.DhGenOk:
        self._check_nonces(query.nonce, query.server_nonce)
        if not self._exponent:
            raise KeyExchangeError("set_client_DH_params came before req_DH_params")
        plain = aes.ige256_decrypt(query.encrypted_data, self._temporary_key, self._temporary_iv)
        inner = decode(plain[20:])
        if not isinstance(inner, types.ClientDHInnerData):
            raise KeyExchangeError("the last step holds something else than client_DH_inner_data")
        if sha1(inner.write()).digest() != plain[:20]:
            raise KeyExchangeError("the hash of client_DH_inner_data is wrong")
        their_public = int.from_bytes(inner.g_b, "big")
        key = pow(their_public, self._exponent, CURRENT_DH_PRIME).to_bytes(256, "big")
        self.auth_key = key
        proof = sha1(self._new_nonce + b"\x01" + sha1(key).digest()[:8]).digest()[-16:]
        return types.DhGenOk(
            nonce=self._nonce,
            server_nonce=self._server_nonce,
            new_nonce_hash1=int.from_bytes(proof, "little", signed=True),
        )

    def _check_nonces(self, nonce: int, server_nonce: int) -> None:
        if (nonce, server_nonce) != (self._nonce, self._server_nonce):
            raise KeyExchangeError("the nonces are not those of this exchange")
