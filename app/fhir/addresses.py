"""Which addresses a request may reach. Resolves names; connects to nothing."""

import asyncio
import ipaddress
import socket
from collections.abc import Callable

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_SHARED_SPACE = ipaddress.ip_network("100.64.0.0/10")  # RFC 6598, not "private" to ipaddress


def is_public(address: IpAddress) -> bool:
    """True only for globally routable unicast; an IPv4 inside an IPv6 is judged as the IPv4."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return is_public(inner)
    if address.version == 4 and address in _SHARED_SPACE:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


async def fetch_addresses(
    host: str, port: int, *, may_be_private: Callable[[str], bool]
) -> list[str]:
    """The host's addresses that may be reached, resolved now, in the resolver's order.

    Raises OSError when the name does not resolve; [] when every address is refused.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if may_be_private(host):
        return addresses
    return [a for a in addresses if is_public(ipaddress.ip_address(a.split("%")[0]))]
