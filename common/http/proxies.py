"""Whose word counts about an address: only a named proxy's."""

from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
SPOKEN = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST",
          "HTTP_X_FORWARDED_PORT", "HTTP_FORWARDED", "HTTP_X_REAL_IP")  # fmt: skip
MAX_HOPS = 20


class TrustedProxies:
    """Middleware: REMOTE_ADDR becomes the caller's own address where a trusted proxy tells it.

    What anybody else says of addresses and protocols is dropped before it is read.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.trusted = networks(settings.LIANBAN_PROXIES)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = request.META
        sender = _read(told.get("REMOTE_ADDR", ""))
        if not self.trusted or sender is None or not _within(sender, self.trusted):
            for name in SPOKEN:
                told.pop(name, None)
        elif hops := told.get("HTTP_X_FORWARDED_FOR", ""):
            told["REMOTE_ADDR"] = str(self._caller(hops, sender))
        return self.get_response(request)

    def _caller(self, hops: str, sender: Address) -> Address:
        """The last address that is no proxy of ours: what stands before it anybody may write."""
        caller = sender
        for text in reversed(hops.split(",")[-MAX_HOPS:]):
            hop = _read(text.strip())
            if hop is None:
                break
            caller = hop
            if not _within(hop, self.trusted):
                break
        return caller


def networks(texts: Iterable[str]) -> list[Network]:
    """Addresses and networks from the settings. Raises ValueError."""
    return [ip_network(text, strict=False) for text in texts]


def _within(address: Address, trusted: list[Network]) -> bool:
    return any(address in network for network in trusted)


def _read(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
