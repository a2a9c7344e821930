"""Who does which task: the sample accounts by organisation and role, and their tokens."""

from collections import defaultdict
from datetime import timedelta

from knox.models import AuthToken
from knox.settings import CONSTANTS

from permissions.models import RoleAssignment, User

Post = tuple[str, str]  # organisation code, role


def posts() -> dict[Post, list[str]]:
    """Usernames that hold a role in an organisation, in order."""
    found: dict[Post, list[str]] = defaultdict(list)
    rows = RoleAssignment.objects.filter(user__is_active=True).order_by("user__username")
    for org, role, name in rows.values_list("org_unit__code", "role", "user__username"):
        found[org, role].append(name)
    return dict(found)


def issue_tokens(usernames: set[str]) -> dict[str, str]:
    """A token for each, good for a day."""
    users = User.objects.filter(username__in=usernames)
    return {
        user.username: AuthToken.objects.create(user=user, expiry=timedelta(days=1))[1]
        for user in users
    }


def revoke_tokens(issued: dict[str, str]) -> None:
    """Take the robots' tokens back."""
    keys = [token[: CONSTANTS.TOKEN_KEY_LENGTH] for token in issued.values()]
    AuthToken.objects.filter(token_key__in=keys).delete()
