from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.capacity.findings import bottleneck, choices, fleets, quota_uses
from pipelines.capacity.plan import Assumptions, bigtable_bytes_hour, live_us, message_bytes, plan
from pipelines.capacity.tables import measured, prices, quotas
from pipelines.capacity.workload import Workload
from schemas.errors import SchemaError

MEASURED, PRICES = measured(), prices()
WORK = Workload()


def planned(**changed):
    return plan(dataclasses.replace(WORK, **changed), MEASURED, PRICES)


def test_ten_thousand_devices_stay_within_thirty_bigtable_nodes():
    for post_interval_s in (0.25, 1.0):
        nodes = planned(post_interval_s=post_interval_s).need("Bigtable").amounts["nodes"]
        assert 3 < nodes <= 30


def test_nodes_follow_from_the_bytes_written_and_the_target_of_autoscaling():
    mb_s = 10_000 * bigtable_bytes_hour(WORK, MEASURED) / 3600 / 1e6
    assert planned().need("Bigtable").amounts["nodes"] == pytest.approx(mb_s / 14 / 0.6)


def test_a_fleet_too_small_for_autoscaling_still_has_its_three_nodes():
    assert planned(devices=1).need("Bigtable").amounts["nodes"] == 3


def test_many_small_posts_are_bound_by_writes_and_not_by_bytes():
    work = dataclasses.replace(WORK, channels=1, rate_hz=1, post_interval_s=0.05)
    nodes = plan(work, MEASURED, PRICES).need("Bigtable").amounts["nodes"]
    assert nodes == pytest.approx(work.posts_per_s / 14_000 / 0.6)


def test_messages_smaller_than_the_least_charged_cost_as_much_as_it():
    def tiny(**changed):
        return planned(channels=1, rate_hz=1, **changed).need("Pub/Sub")

    cost = tiny().total
    assert message_bytes(dataclasses.replace(WORK, channels=1, rate_hz=1), MEASURED) < 1000
    assert cost == pytest.approx(2 * WORK.posts * 1000 / 2**40 * PRICES.pubsub_tib)


def test_the_cost_of_a_window_grows_with_the_stream():
    small = dataclasses.replace(WORK, post_interval_s=1)
    large = dataclasses.replace(small, channels=64, rate_hz=1000)
    ratio = MEASURED.window_us_64x1000 / MEASURED.window_us_8x250
    assert live_us(small, MEASURED) == pytest.approx(20 * MEASURED.live_us_window)
    assert live_us(large, MEASURED) == pytest.approx(20 * MEASURED.live_us_window * ratio)


@given(st.integers(1, 50_000), st.floats(1.1, 20))
def test_more_devices_never_cost_less(devices, factor):
    more = planned(devices=int(devices * factor) + 1)
    fewer = planned(devices=devices)
    for before, after in zip(fewer.needs, more.needs, strict=True):
        assert after.total >= before.total


@pytest.mark.parametrize(
    ("changed", "service"),
    [
        ({"revisions": 1}, "BigQuery"),
        ({"revisions": 1}, "Dataflow"),
        ({"post_interval_s": 0.25}, "Functions"),
        ({"bigtable_days": 30.0}, "Bigtable"),
        ({"archive_days": 730.0}, "Archive"),
        ({"tenants": 1000}, "Cloud KMS"),
        ({"rate_hz": 1000.0}, "Pub/Sub"),
    ],
)
def test_each_choice_costs_where_it_should(changed, service):
    assert planned(**changed).need(service).total > planned().need(service).total


def test_rows_of_seconds_alone_need_no_load_jobs():
    need = planned(window_rows=False).need("BigQuery")
    assert need.quotas["bigquery_loads_day"] == 0
    assert need.total < planned().need("BigQuery").total / 2


def test_a_quota_that_is_exceeded_is_the_bottleneck():
    found = planned(devices=100_000)
    first = bottleneck(found, quotas())
    assert first.name == "bigtable_nodes"
    assert first.share > 1
    shares = [use.share for use in quota_uses(found, quotas())]
    assert shares == sorted(shares, reverse=True)


def test_every_choice_changes_one_thing_and_every_fleet_only_its_size():
    for choice in choices(WORK, MEASURED, PRICES):
        given_, other = dataclasses.asdict(WORK), dataclasses.asdict(choice.plan.workload)
        assert sum(given_[name] != other[name] for name in given_) == 1
    devices = [found.workload.devices for found in fleets(WORK, MEASURED, PRICES)]
    assert devices[0] == 100
    assert devices[-1] == 100_000


def test_more_headroom_needs_more_processors():
    tight = plan(WORK, MEASURED, PRICES, Assumptions(utilisation=0.9))
    loose = plan(WORK, MEASURED, PRICES, Assumptions(utilisation=0.3))
    for service in ("Functions", "Dataflow"):
        more, less = loose.need(service).amounts["vCPU"], tight.need(service).amounts["vCPU"]
        assert more == pytest.approx(3 * less)


@pytest.mark.parametrize(
    ("field", "value"), [("devices", 0), ("hours", 25), ("channels", 5000), ("revisions", -1)]
)
def test_what_no_fleet_can_be_is_refused(field, value):
    with pytest.raises(SchemaError, match=field):
        Workload(**{field: value})
