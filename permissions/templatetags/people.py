"""Who people are, in words."""

from django import template

from permissions.models import Role, RoleAssignment, User

register = template.Library()


@register.simple_tag
def place(user: User) -> str:
    """Organisation and role of a user, for the page's head."""
    grants = user.access.grants
    if not grants:
        return ""
    first = grants[0]
    name = (
        RoleAssignment.objects.filter(user=user, org_unit_id=first.org_unit_id)
        .values_list("org_unit__name", flat=True)
        .first()
    )
    return f"{name} · {Role(first.role).label}"
