"""Drivers of churn risk: every feature has a topic, effects add up, sentences say the customer's own facts."""

from __future__ import annotations

import re

import numpy as np
import pytest

from include.models.drivers import churn_drivers, topic_of
from include.models.training import train
from include.warehouse.sql import render
from tests.models.frames import plan, simulated


def test_every_feature_of_the_table_belongs_to_a_topic():
    names = re.findall(r"^  (\w+) (?:INT64|FLOAT64)", render("customer_features/table.sql", dataset="d"), re.MULTILINE)
    assert len(names) > 60
    assert all(topic_of(name) for name in names if name != "bucket")


def test_a_feature_without_a_topic_is_refused():
    with pytest.raises(ValueError, match="weather belongs to no topic"):
        topic_of("weather")


def test_a_long_absence_raises_the_risk_and_is_named_first():
    trained = train(simulated(150, plan()), plan()).trained
    assert trained is not None
    assert trained.churn.booster is not None
    frame = simulated(2, plan(snapshots=1))
    frame.values[:, :3] = [[150, 200, 3], [1, 200, 60]]
    frame.values[:, 7:13] = [[0] * 6, [20] * 6]
    frame.values[:, 3:7] = [[60, 60, 2.5, 2.5], [3, 3, 0.3, 0.3]]
    drivers = churn_drivers(trained.churn.booster, frame)
    assert all(len(of_customer) == len(set(of_customer)) == 3 for of_customer in drivers)
    assert "Last purchase 150 days ago (raises the risk)" in drivers[0]
    assert not any("raises" in sentence for sentence in drivers[1] if "visits in the last" in sentence)


def test_nothing_is_said_of_nobody():
    trained = train(simulated(150, plan()), plan()).trained
    assert trained is not None
    assert trained.churn.booster is not None
    nobody = simulated(2, plan(snapshots=1)).take(np.zeros(2, bool))
    assert churn_drivers(trained.churn.booster, nobody) == []
