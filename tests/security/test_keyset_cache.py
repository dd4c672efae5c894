from __future__ import annotations

import concurrent.futures
import threading

import pytest

from schemas.errors import SchemaError
from security.keyset_cache import KeysetCache
from tests.security.vaults import Timer


class Loader:
    """Counts its calls, and waits at a gate where a test wants it to."""

    def __init__(self):
        self.calls = 0
        self.entered, self.gate = threading.Event(), threading.Event()
        self.gate.set()
        self.error = None

    def __call__(self):
        self.calls += 1
        self.entered.set()
        assert self.gate.wait(10)
        if self.error:
            raise self.error
        return f"keyset {self.calls}"


@pytest.fixture
def timer():
    return Timer()


@pytest.fixture
def cache(timer):
    return KeysetCache(entries=3, life_s=3600, timer=timer)


def test_an_entry_is_loaded_once_in_its_life_however_often_it_is_used(cache, timer):
    load = Loader()
    for _ in range(10):
        assert cache.get("a", load) == "keyset 1"
        timer.now += 350  # using it does not prolong its life
    timer.now = 3599.9
    assert cache.get("a", load) == "keyset 1"
    timer.now = 3600
    assert cache.get("a", load) == "keyset 2"


def test_no_more_entries_are_kept_than_allowed_and_the_least_used_goes(cache):
    loads = {key: Loader() for key in "abcd"}
    for key in "abcad":
        cache.get(key, loads[key])
    assert len(cache) == 3
    for key in "adcb":
        cache.get(key, loads[key])
    assert {key: load.calls for key, load in loads.items()} == {"a": 1, "b": 2, "c": 1, "d": 1}


def test_what_is_out_of_time_leaves_memory_with_the_next_load(cache, timer):
    for key in "abc":
        cache.get(key, Loader())
    timer.now = 3601
    cache.get("d", Loader())
    assert len(cache) == 1


def test_of_many_threads_one_loads_and_all_get_it(cache):
    load = Loader()
    load.gate.clear()
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        waiting = [pool.submit(cache.get, "a", load) for _ in range(32)]
        assert load.entered.wait(10)
        load.gate.set()
        assert {one.result() for one in waiting} == {"keyset 1"}
    assert load.calls == 1


def test_another_key_does_not_wait(cache):
    slow = Loader()
    slow.gate.clear()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(cache.get, "slow", slow)
        assert slow.entered.wait(10)
        assert cache.get("quick", Loader()) == "keyset 1"
        slow.gate.set()
        waiting.result()


def test_a_failure_reaches_all_who_waited_and_is_not_kept(cache):
    load = Loader()
    load.error = ConnectionError("away")
    load.gate.clear()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(cache.get, "a", load) for _ in range(8)]
        assert load.entered.wait(10)
        load.gate.set()
        for one in waiting:
            with pytest.raises(ConnectionError):
                one.result()
    load.error = None
    assert cache.get("a", load).startswith("keyset")


def test_what_is_forgotten_while_it_loads_is_not_kept(cache):
    load = Loader()
    load.gate.clear()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(cache.get, "a", load)
        assert load.entered.wait(10)
        cache.forget("a")
        load.gate.set()
        assert waiting.result() == "keyset 1"
    assert len(cache) == 0
    assert cache.get("a", load) == "keyset 2"


@pytest.mark.parametrize("wrong", [{"entries": 0}, {"life_s": 0}])
def test_a_cache_without_room_or_time_is_refused(wrong):
    with pytest.raises(SchemaError):
        KeysetCache(**wrong)
