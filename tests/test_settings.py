from __future__ import annotations

import dataclasses

import pytest

from include.settings import VARIABLES, Settings


def test_every_setting_has_a_variable_and_every_variable_a_setting():
    assert set(VARIABLES) == {field.name for field in dataclasses.fields(Settings)}


def test_an_empty_environment_gives_the_defaults():
    assert Settings.from_environment({}) == Settings()


def test_variables_are_parsed_to_the_type_of_their_default():
    settings = Settings.from_environment({"LIGHTSPEED_POLL_SECONDS": "2.5", "LIGHTSPEED_BATCH_MAX_SALES": "100"})
    assert (settings.poll_seconds, settings.batch_max_sales) == (2.5, 100)


@pytest.mark.parametrize("text", ["many", "-3", "0", "1.5"])
def test_a_variable_that_does_not_fit_is_named_with_its_text(text: str):
    with pytest.raises(ValueError, match=rf"LIGHTSPEED_BATCH_MAX_SALES is '{text}': give a whole number above zero"):
        Settings.from_environment({"LIGHTSPEED_BATCH_MAX_SALES": text})
