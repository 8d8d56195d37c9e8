"""Which secrets and passwords are too easy to guess."""

import secrets

import pytest

from config.strength import contains_name, is_common_password, is_well_known_secret


@pytest.mark.parametrize(
    "secret",
    [
        "changeme-changeme-changeme-changeme",
        "CHANGE_ME_TO_SOMETHING_LONG_AND_RANDOM",
        "please-replace-this-with-your-own-value",
        "django-insecure-8f7w3hf98w3hf9w8hf3w9f8h",
        "super-secret-key-for-development-only-1",
        "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
        "a" * 64,
        "abc123" * 8,
        "k7Qm2xZ9" * 4,
        "kkqzzkqkzqkkzzqkqzkzqqkzkqzkqqzk",
        "aaaabbbbccccddddaaaabbbbccccdddd",
        "abcdefghijklmnopqrstuvwxyz012345",
        "zyxwvutsrqponmlkjihgfedcba987654",
    ],
)
def test_well_known_secrets(secret):
    assert is_well_known_secret(secret)


def test_generated_secrets_are_never_well_known():
    generated = [make(size) for make in (secrets.token_hex, secrets.token_urlsafe) for size in [24, 32] * 250]
    assert [secret for secret in generated if is_well_known_secret(secret)] == []


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "P@ssw0rd2024!",
        "Admin-Admin-1",
        "administrator",
        "QwertyUiop123",
        "Пароль-12345",
        "aaaaaaaaaaaa",
    ],
)
def test_common_passwords(password):
    assert is_common_password(password)


@pytest.mark.parametrize(
    "password",
    ["krill-Velvet-93-tundra", "secret-garden-elephants", "8f3Kq0zXw2Lm", "849-301-562-770", "длинная-фраза-кита"],
)
def test_good_passwords(password):
    assert not is_common_password(password)


@pytest.mark.parametrize(
    ("user", "found"),
    [("olga", True), ("OLGA", True), ("olga@example.org", True), ("ol", False), ("", False), ("petra", False)],
)
def test_the_users_name_in_the_password(user, found):
    assert contains_name("My-Olga-77-tundra", user) is found
