"""The ablation grades every combination of sources on the same customers, and says what is significant."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from include.models.ablation import VARIANTS, Losses, ablate, gains
from include.models.queries import Dataset

CUTOFF = dt.date(2017, 10, 1)


def losses(churn: float, date: float) -> Losses:
    noise = np.random.default_rng(1).normal(0, 0.01, 200)
    return Losses(churn + noise, date + noise, {})


def test_a_gain_counts_as_significant_only_above_its_error():
    customers = np.array([f"c{number}" for number in range(200)], object)
    better, same = losses(0.2, 5.0), losses(0.3, 6.0)
    told = gains(losses(0.3, 6.0), better, customers)
    assert told["churn_log_loss_gain"] == pytest.approx(0.1)
    assert told["date_days_gain"] == pytest.approx(1.0)
    assert told["churn_gain_is_significant"] is told["date_gain_is_significant"] is True
    none = gains(losses(0.3, 6.0), same, customers)
    assert (none["churn_log_loss_gain"], none["churn_gain_is_significant"]) == (0.0, False)


def test_a_cutoff_whose_horizon_was_not_seen_is_refused():
    with pytest.raises(ValueError, match="30 days after 2017-10-01 are not seen"):
        ablate(Dataset(None, "p.d"), [CUTOFF], 30, CUTOFF + dt.timedelta(days=29), print)


@pytest.mark.full
def test_every_combination_of_sources_is_graded_on_the_replayed_shop(tmp_path):
    from sandbox.ablation import run
    from sandbox.local_client import local_client

    with local_client(tmp_path) as client:
        result = run(client, [CUTOFF], 30, 12, print)
    graded = result["cutoffs"][CUTOFF.isoformat()]
    assert list(graded) == list(VARIANTS)
    assert all(0.5 < figures["churn_auc"] < 1 for figures in graded.values())
    assert graded["purchases"]["churn_log_loss_gain"] == 0
    matched = {row["identity_kind"] for row in result["identities"] if row["outcome"] == "matched"}
    assert matched == {"email", "ga4_user_id", "ga4_user_pseudo_id", "instagram", "facebook"}
