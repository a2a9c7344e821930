"""What the views' addresses and lists have in common, for the published schema."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers as s


def query(name: str, text: str, kind: OpenApiTypes = OpenApiTypes.STR) -> OpenApiParameter:
    """A parameter of an address."""
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=text)


def choice(name: str, allowed: list[str], text: str) -> OpenApiParameter:
    """A parameter that is one of some words."""
    return OpenApiParameter(
        name, OpenApiTypes.STR, OpenApiParameter.QUERY, description=text, enum=allowed
    )


DIVISION = query("division", "a division and all below it")
PAGE = [
    query("limit", "rows a page, 100 at most", OpenApiTypes.INT),
    query("cursor", "from `next` or `previous`"),
]


def page_of(shape: type[s.Serializer[Any]], name: str = "") -> Any:
    """A page of a list. name: what its rows are called; without one, as the shape is."""
    return inline_serializer(
        f"{name or shape.__name__.removesuffix('Shape')}Page",
        {
            "results": shape(many=True),
            "next": s.URLField(allow_null=True),
            "previous": s.URLField(allow_null=True),
        },
    )
