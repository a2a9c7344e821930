"""What somebody who rules the database might do to a sealed log; {3} is the fourth row's id."""

TAMPERING: dict[str, tuple[str, ...]] = {
    "altered": ("UPDATE common_event SET data = '{\"a\": 1}' WHERE id = {3}",),
    "one actor for another": ("UPDATE common_event SET actor_id = 9 WHERE id = {9}",),
    "removed": ("DELETE FROM common_event WHERE id = {5}",),
    "tail removed": ("DELETE FROM common_event WHERE id >= {8}",),
    "swapped": (
        "UPDATE common_event SET id = -1 WHERE id = {2}",
        "UPDATE common_event SET id = {2} WHERE id = {3}",
        "UPDATE common_event SET id = {3} WHERE id = -1",
        "UPDATE common_event SET data = '{\"swapped\": true}' WHERE id = {2}",
    ),
    "order of the stream": (
        "UPDATE common_event SET position = -1 WHERE id = {0}",
        "UPDATE common_event SET position = 1 WHERE id = {1}",
        "UPDATE common_event SET position = 2 WHERE id = {0}",
    ),
    "inserted into a batch": (
        "INSERT INTO common_event (id, name, stream, at, data, place) "
        "SELECT 999999, name, stream, at, data, place FROM common_event WHERE id = {5}",
    ),
    "inserted before the horizon": (
        "INSERT INTO common_event (id, name, stream, at, data, place) "
        "SELECT 999999, name, stream, at, data, place FROM common_event WHERE id = {9}",
    ),
    "inserted before all": (
        "INSERT INTO common_event (id, name, stream, at, data, place) "
        "SELECT -5, name, stream, at, data, 0 FROM common_event WHERE id = {9}",
    ),
    "inserted into the future": (
        "INSERT INTO common_event (name, stream, at, data, place) "
        "VALUES ('x', '', now(), '{}', 9e15)",
    ),
    "tail removed with its seals": (
        "DELETE FROM common_event WHERE id >= {5}",
        "DELETE FROM common_seal WHERE log = 'common_event' AND number > 1",
    ),
    "all removed with all seals": (
        "DELETE FROM common_event",
        "DELETE FROM common_seal WHERE log = 'common_event'",
    ),
    "beginning removed with its seals": (
        "DELETE FROM common_event WHERE id < {5}",
        "DELETE FROM common_seal WHERE log = 'common_event' AND number = 1",
    ),
    "middle removed with its seal": (
        "DELETE FROM common_event WHERE id BETWEEN {5} AND {7}",
        "DELETE FROM common_seal WHERE log = 'common_event' AND number = 2",
    ),
    "altered with its seal's digest": (
        "UPDATE common_event SET data = '{\"a\": 1}' WHERE id = {1}",
        "UPDATE common_seal SET digest = sha256('x') WHERE log = 'common_event' AND number = 1",
    ),
    "a seal's key forged": (
        "UPDATE common_seal SET mac = sha256('x') WHERE log = 'common_event' AND number = 3",
    ),
    "a pruning feigned": (
        "DELETE FROM common_event WHERE id < {5}",
        "UPDATE common_seal SET pruned_through = 2, digest = "
        "(SELECT mac FROM common_seal WHERE log = 'common_event' AND number = 2) "
        "WHERE log = 'common_event' AND number = 3",
        "DELETE FROM common_seal WHERE log = 'common_event' AND number = 1",
    ),
}
