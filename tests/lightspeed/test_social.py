"""A handle is read only where a text says of which platform it is."""

from __future__ import annotations

import pytest

from include.lightspeed.social import social_handles


@pytest.mark.parametrize(
    ("text", "instagram", "facebook"),
    [
        ("https://www.instagram.com/Ada.L/?hl=en", "Ada.L", None),
        ("Instagram: @ada", "ada", None),
        ("ig=17841400000", "17841400000", None),
        ("facebook.com/ada.lovelace", None, "ada.lovelace"),
        ("https://facebook.com/profile.php?id=100042", None, "100042"),
        ("FB: 100042, IG: ada", "ada", "100042"),
        ("@ada", None, None),
        ("ada lovelace", None, None),
        ("https://ada.example.com", None, None),
        ("big: deal", None, None),
        ("instagram", None, None),
        ("", None, None),
    ],
)
def test_a_text_names_a_handle_only_with_its_platform(text: str, instagram: str | None, facebook: str | None):
    assert social_handles([None, 7, text]) == (instagram, facebook)


def test_the_first_text_that_names_a_handle_counts():
    assert social_handles(["IG: first", "IG: second"]) == ("first", None)
