"""Profiles in memory: bounded, of one version, and never older than the checks allow."""

from __future__ import annotations

import pytest

from plugins.customer_profiles_api.cache import VersionedCache

CHECK_SECONDS = 30.0


class Clock:
    """Monotonic seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> VersionedCache[str]:
    return VersionedCache(2, CHECK_SECONDS, clock)


def test_the_least_recently_used_goes_first(cache: VersionedCache[str]):
    cache.put({"a": "A", "b": "B"}, "1", cache.generation)
    cache.get("a")
    cache.put({"c": "C"}, "1", cache.generation)
    assert [cache.get(key) for key in "abc"] == ["A", None, "C"]
    assert len(cache) == 2


def test_a_new_version_empties_it_however_it_was_learned(cache: VersionedCache[str]):
    cache.put({"a": "A"}, "1", cache.generation)
    cache.confirm("2")
    assert cache.get("a") is None
    cache.put({"a": "A2"}, "2", cache.generation)
    cache.put({"b": "B3"}, "3", cache.generation)
    assert [cache.get(key) for key in "ab"] == [None, "B3"]


def test_a_slow_query_does_not_bring_an_old_version_back(cache: VersionedCache[str]):
    begun = cache.generation
    cache.confirm("2")
    cache.put({"a": "old"}, "1", begun)
    assert (cache.get("a"), cache.version) == (None, "2")


def test_one_caller_checks_when_the_version_was_not_confirmed_for_a_while(cache: VersionedCache[str], clock: Clock):
    cache.put({"a": "A"}, "1", cache.generation)
    assert not cache.claim_check()
    clock.now += CHECK_SECONDS + 1
    assert cache.claim_check()
    assert not cache.claim_check()
    cache.end_check()
    assert cache.claim_check()


def test_what_nothing_confirms_is_not_served(cache: VersionedCache[str], clock: Clock):
    cache.put({"a": "A"}, "1", cache.generation)
    clock.now += 2 * CHECK_SECONDS
    assert cache.get("a") == "A"
    clock.now += 1
    assert cache.get("a") is None
    cache.confirm("1")
    assert cache.get("a") == "A"
