"""Who people are, in words."""

from functools import lru_cache

from django import template

from permissions.models import OrgUnit, Role, User

register = template.Library()


@lru_cache(maxsize=1024)
def _organisation(org_unit_id: int) -> str:
    """An organisation's name; a new name shows after a restart."""
    return OrgUnit.objects.values_list("name", flat=True).get(pk=org_unit_id)


@register.simple_tag
def place(user: User) -> str:
    """Organisation and role of a user, for the page's head."""
    grants = user.access.grants
    if not grants:
        return ""
    first = grants[0]
    return f"{_organisation(first.org_unit_id)} · {Role(first.role).label}"
