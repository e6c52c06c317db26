"""Models as files: boosters in XGBoost's binary JSON, everything else in one JSON; never pickle."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from typing import Any

import numpy as np

from include.models import boosting
from include.models.btyd import BgNbd
from include.models.churn import Churn
from include.models.logistic import Logistic
from include.models.products import Ranker
from include.models.selection import Choice
from include.models.spend import Baskets
from include.models.survival import Hazards
from include.models.training import Trained


@dataclasses.dataclass(frozen=True)
class Models:
    """All that scoring needs."""

    as_of: dt.date
    horizon_days: int
    trained: Trained | None
    """None: the history teaches no model, purchase rates serve (`thin`)."""
    shop_rate: float
    reason: str | None
    """Why `trained` is None, or what limits it."""
    ranker: Ranker
    baskets: Baskets | None = None
    """None: no price is known, or the history is too short for a year's spend."""
    columns: tuple[str, ...] = ()
    """Features that `trained` knows, in order."""

    @property
    def method(self) -> str:
        """How the predictions come about, as in `customer_predictions.method`."""
        return "purchase_rate" if self.trained is None else "trained"


def to_files(models: Models) -> dict[str, bytes]:
    """File name -> content; equal models give equal bytes."""
    settings: dict[str, Any] = {
        "as_of": models.as_of.isoformat(),
        "horizon_days": models.horizon_days,
        "shop_rate": models.shop_rate,
        "reason": models.reason,
        "columns": models.columns,
        "baskets": None if models.baskets is None else dataclasses.asdict(models.baskets),
    }
    files = {}
    if models.ranker.booster is not None:
        files["likely_products.ubj"] = boosting.to_bytes(models.ranker.booster)
    trained = models.trained
    if trained is not None:
        settings |= {
            "choice": dataclasses.asdict(trained.choice),
            "edges": trained.hazards.edges.tolist(),
            "hazard_logistic": trained.hazards.logistic.to_json(),
            "bg_nbd": dataclasses.asdict(trained.hazards.bg_nbd),
            "pooled": trained.hazards.pooled.tolist(),
            "churn_logistic": trained.churn.logistic.to_json(),
            "base_rate": trained.churn.base_rate,
        }
        for name, booster in (("next_purchase", trained.hazards.booster), ("churn", trained.churn.booster)):
            if booster is not None:
                files[f"{name}.ubj"] = boosting.to_bytes(booster)
    files["models.json"] = json.dumps(settings, indent=1, sort_keys=True).encode()
    return files


def from_files(files: dict[str, bytes]) -> Models:
    """The models that `to_files` wrote."""
    settings = json.loads(files["models.json"])
    boosters = {name.removesuffix(".ubj"): boosting.from_bytes(files[name]) for name in files if name.endswith(".ubj")}
    trained = None
    if "choice" in settings:
        choice = dict[str, Any](settings["choice"])
        choice |= {name: tuple(choice[name]) for name in ("churn_weights", "curve_weights")}
        trained = Trained(
            hazards=Hazards(
                np.asarray(settings["edges"]),
                boosters.get("next_purchase"),
                Logistic.from_json(settings["hazard_logistic"]),
                BgNbd(**settings["bg_nbd"]),
                np.asarray(settings["pooled"]),
            ),
            churn=Churn(boosters.get("churn"), Logistic.from_json(settings["churn_logistic"]), settings["base_rate"]),
            choice=Choice(**choice),
        )
    return Models(
        as_of=dt.date.fromisoformat(settings["as_of"]),
        horizon_days=settings["horizon_days"],
        trained=trained,
        shop_rate=settings["shop_rate"],
        reason=settings["reason"],
        ranker=Ranker(boosters.get("likely_products")),
        baskets=Baskets(**settings["baskets"]) if settings["baskets"] else None,
        columns=tuple(settings["columns"]),
    )


def version(files: dict[str, bytes]) -> str:
    """Model version: as_of and a digest of the files, such as `2017-12-01-3f9c0a5e7b21`."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}:{len(files[name])}:".encode() + files[name])
    return f"{json.loads(files['models.json'])['as_of']}-{digest.hexdigest()[:12]}"
