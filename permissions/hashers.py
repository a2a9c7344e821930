"""How passwords are hashed."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with 19 MiB, as OWASP has it: Django's 100 MiB are too much for eight threads."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
