"""DEBUG shows source, settings and personal data to whoever meets an error: on loopback alone.

Standard library only: it is asked before anything else is loaded.
"""

import os
import sys
from collections.abc import Iterable
from ipaddress import ip_address

REFUSED = 2
TRUE = {"1", "true", "yes", "on"}


def refuse_debug_on(addresses: Iterable[str]) -> None:
    """Exit 2 with the reason where DEBUG is set and an address can be reached from outside.

    addresses: `host:port`, `[host]:port`, a host, a port, or the path of a Unix socket.
    """
    outside = [address for address in addresses if not is_loopback(address)]
    if outside and os.environ.get("DEBUG", "").lower() in TRUE:
        sys.stderr.write(
            f"Refused: DEBUG=1 on {', '.join(outside)}, which others can reach. An error would "
            "show them source, settings and personal data. Use 127.0.0.1, or DEBUG=0.\n"
        )
        sys.exit(REFUSED)


def proxied_hosts() -> list[str]:
    """Names under which a proxy shows this installation to others."""
    return [name.strip() for name in os.environ.get("LIANBAN_HOSTS", "").split(",") if name.strip()]


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches an address; a name other than localhost counts as not."""
    if address.startswith(("unix:", "/")) or address.isdecimal():
        return True
    host = address.rpartition(":")[0] if _has_port(address) else address
    host = host.strip("[]")
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # a name, or nothing, which servers take for every address
        return False


def _has_port(address: str) -> bool:
    host, colon, port = address.rpartition(":")
    return bool(colon) and port.isdecimal() and (":" not in host or host.endswith("]"))
