"""One question a key, no answer too old, none too many."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading

import pytest

from functions.telemetry.lookups import Lookups
from tests.security.vaults import Timer


class Store:
    """Answers with how often it was asked; may be held up, or be away."""

    def __init__(self):
        self.asked, self.error = 0, None
        self.open = threading.Event()
        self.open.set()

    def __call__(self, key):
        self.asked += 1
        answer = self.asked
        self.open.wait(10)
        if self.error:
            raise self.error
        return key, answer


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def timer():
    return Timer()


@pytest.fixture
def run(store, timer):
    def run(test, **settings):
        async def main():
            with concurrent.futures.ThreadPoolExecutor(4) as threads:
                fields = {"life_s": 10, "timer": timer, **settings}
                await test(Lookups(store, threads, **fields))

        asyncio.run(main())

    return run


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


def test_many_who_ask_at_once_ask_once(run, store):
    async def test(lookups):
        store.open.clear()
        asking = [asyncio.ensure_future(lookups.get("a")) for _ in range(20)]
        await until(lambda: store.asked)
        store.open.set()
        assert set(await asyncio.gather(*asking)) == {("a", 1)}

    run(test)


def test_an_answer_is_renewed_ahead_and_never_used_beyond_its_life(run, store, timer):
    async def test(lookups):
        assert await lookups.get("a") == ("a", 1)
        timer.now = 7.9
        assert lookups.at_hand("a") == ("a", 1)
        assert store.asked == 1
        timer.now = 8.0
        assert await lookups.get("a") == ("a", 1)  # at once, while the next is sought
        await until(lambda: lookups.at_hand("a") == ("a", 2))
        store.error = OSError("away")
        timer.now = 17.9  # from 8.0 on it lived ten seconds
        assert await lookups.get("a") == ("a", 2)
        timer.now = 18.0
        assert lookups.at_hand("a") is None
        with pytest.raises(OSError, match="away"):
            await lookups.get("a")

    run(test)


def test_what_is_no_longer_there_is_forgotten_at_once(run, store, timer):
    async def test(lookups):
        await lookups.get("a")
        store.error = LookupError()
        timer.now = 9.0
        await lookups.get("a")
        await until(lambda: lookups.at_hand("a") is None)

    run(test)


def test_who_waits_too_long_is_told_and_the_answer_is_kept_for_others(run, store):
    async def test(lookups):
        store.open.clear()
        with pytest.raises(TimeoutError):
            await lookups.get("a")
        store.open.set()
        await until(lambda: lookups.at_hand("a"))
        assert store.asked == 1

    run(test, wait_s=0.05)


def test_memory_is_bounded_and_the_least_used_goes(run):
    async def test(lookups):
        for key in "abcab":
            await lookups.get(key)
        assert [lookups.at_hand(key) is not None for key in "abc"] == [True, True, False]

    run(test, entries=2)


def test_what_is_absent_is_not_asked_for_again_for_a_while(run, store, timer):
    """Whoever makes up names must not keep the registry busy."""

    async def test(lookups):
        store.error = LookupError()
        for _ in range(20):
            with pytest.raises(LookupError):
                await lookups.get("a")
        assert store.asked == 1
        timer.now += 5.0
        store.error = None  # it was made meanwhile
        assert await lookups.get("a") == ("a", 2)

    run(test, absent_s=5.0)


def test_absent_names_are_remembered_in_bounded_memory(run, store):
    async def test(lookups):
        store.error = LookupError()
        for name in range(50):
            with pytest.raises(LookupError):
                await lookups.get(name)
        assert len(lookups._absent) == 7

    run(test, absent_s=5.0, entries=7)


def test_of_too_many_that_are_asked_for_at_once_the_next_is_put_off(run, store):
    async def test(lookups):
        store.open.clear()
        waiting = [asyncio.ensure_future(lookups.get(name)) for name in range(3)]
        await until(lambda: len(lookups._under_way) == 3)
        with pytest.raises(TimeoutError):
            await lookups.get("one more")
        shared = asyncio.ensure_future(lookups.get(2))  # asks nobody anew
        await asyncio.sleep(0)
        store.open.set()
        assert (await waiting[2])[0] == (await shared)[0] == 2
        await asyncio.gather(*waiting)
        assert (await lookups.get("one more"))[0] == "one more"

    run(test, most_asked=3)
