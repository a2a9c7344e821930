"""Who may what, worked out in plain Python from the declaration: what the SQL is held against."""

from dataclasses import dataclass, field
from datetime import date

from permissions.declaration import declared


@dataclass(frozen=True)
class Post:
    """A role in an organisation, with the significant digits of where it is."""

    role: str
    organisation: str
    place: str
    organisations_place: str = "331125"

    def has(self, posts: frozenset[tuple[str, str]], place: str) -> bool:
        """Whether work of one of these (role, organisation) at a place is this post's."""
        is_narrow = len(self.place) > len(self.organisations_place)
        inside = place.startswith(self.place) or not is_narrow
        return (self.role, self.organisation) in posts and inside


@dataclass(frozen=True)
class Who:
    """A member of staff: the posts held today."""

    username: str
    posts: tuple[Post, ...]
    starts_on: date | None = None
    ends_on: date | None = None
    is_active: bool = True

    def holds(self, today: date) -> tuple[Post, ...]:
        begun = self.starts_on is None or self.starts_on <= today
        gone = self.ends_on is not None and self.ends_on <= today
        return self.posts if begun and not gone else ()


@dataclass(frozen=True)
class Thing:
    """Something that exists, with all that a reach looks at. cases: those of a household."""

    kind: str
    place: str
    organisations: frozenset[str] = frozenset()
    posts: frozenset[tuple[str, str]] = frozenset()
    owners: frozenset[str] = frozenset()
    cases: tuple["Thing", ...] = field(default=())


def may(who: Who, action: str, thing: Thing | None, today: date) -> bool:
    """Whether the declaration opens an action with a thing to somebody."""
    for reach, roles in declared()[action].items():
        for post in who.holds(today):
            if post.role in roles and _reaches(who, post, reach, thing, today):
                return True
    return False


def _reaches(who: Who, post: Post, reach: str, thing: Thing | None, today: date) -> bool:
    if reach == "anywhere" or thing is None:
        return True
    match reach:
        case "division":
            return thing.place.startswith(post.place)
        case "organisation":
            return post.organisation in thing.organisations
        case "post":
            return post.has(thing.posts, thing.place)
        case "own":
            return who.username in thing.owners
        case "cases":
            return any(may(who, "case.see", case, today) for case in thing.cases)
    raise AssertionError(reach)
