"""Sells the pending sales on a virtual clock that runs ``speed`` times real time from the first start on."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from sandbox.lightspeed.records import MICROS, Sale, decode_lines, decode_payments, to_us

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sandbox.lightspeed.store import Store

_TICK_SECONDS: Final = 0.1
_SAVE_SECONDS: Final = 5.0
_BATCH: Final = 200
_log = logging.getLogger(__name__)


class LiveSeller:
    """Completes each pending sale when the virtual clock reaches it; the wall clock then stamps it.

    The virtual time is kept in the store, so selling goes on where it stood after a restart or a pause.
    """

    def __init__(
        self, store: Store, speed: float, clock: Callable[[], datetime], longest_gap_seconds: float = 0
    ) -> None:
        self._store = store
        self._speed = speed
        self._clock = clock
        self._longest_gap_us = int(longest_gap_seconds * MICROS)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._pace: float | None = None
        self._owed = 0.0
        self._virtual_us = int(store.get_meta("virtual_us") or to_us(clock()))
        self._wall_us = self._saved_us = to_us(clock())
        self.paused = store.get_meta("paused") == "1"

    def start(self) -> None:
        """Sell in a background thread until `stop`; a speed of 0 sells nothing until a pace is set."""
        self._thread = threading.Thread(target=self._run, name="live-seller", daemon=True)
        self._thread.start()

    def set_pace(self, sales_per_second: float | None) -> None:
        """Sell so many of the pending sales a real second, in their order; None: by the virtual clock again."""
        with self._lock:
            self._advance()
            self._pace, self._owed = sales_per_second, 0.0

    def stop(self) -> None:
        """Stop the thread and keep the virtual time."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        with self._lock:
            self._advance()
            self._save()

    def set_paused(self, paused: bool) -> None:
        """Stop or go on selling; virtual time stands still during a pause."""
        with self._lock:
            self._advance()
            self.paused = paused
            self._store.set_meta("paused", str(int(paused)))
            self._save()

    def tick(self) -> list[int]:
        """Sell what is due now and return the sale ids, in order of completion; nothing during a pause."""
        with self._lock:
            self._advance()
            if self.paused:
                return []
            due = self._due_by_clock() if self._pace is None else self._due_by_pace()
            if due:
                with self._store.transaction() as writer:
                    for row in due:
                        self._store.put_sale(self._complete(row))
                        writer.execute("DELETE FROM pending_sales WHERE due_us = ? AND sale_id = ?", row[:2])
                    self._save()
            elif self._wall_us - self._saved_us > _SAVE_SECONDS * MICROS:
                self._save()
            return [row[1] for row in due]

    def virtual_now_us(self) -> int:
        """The virtual time."""
        with self._lock:
            self._advance()
            return self._virtual_us

    def _due_by_clock(self) -> list[tuple]:
        self._skip_closed_hours()
        return self._store.rows(
            "SELECT * FROM pending_sales WHERE due_us <= ? ORDER BY due_us, sale_id LIMIT ?",
            (self._virtual_us, _BATCH),
        )

    def _due_by_pace(self) -> list[tuple]:
        count = int(self._owed)
        due = self._store.rows("SELECT * FROM pending_sales ORDER BY due_us, sale_id LIMIT ?", (count,))
        self._owed -= count
        # The virtual clock goes along, so that selling by it later does not begin with a backlog.
        self._virtual_us = max([self._virtual_us, *(row[0] for row in due)])
        return due

    def _run(self) -> None:
        while not self._stop.wait(_TICK_SECONDS):
            if not self._speed and self._pace is None:
                continue
            try:
                self.tick()
            except Exception:
                _log.exception("A sale could not be made; the seller tries again")

    def _advance(self) -> None:
        now = to_us(self._clock())
        elapsed = 0 if self.paused else max(0, now - self._wall_us)
        if self._pace is None:
            self._virtual_us += int(elapsed * self._speed)
        else:
            self._owed += elapsed / MICROS * self._pace
        self._wall_us = now

    def _skip_closed_hours(self) -> None:
        if not self._longest_gap_us:
            return
        ((upcoming,),) = self._store.rows("SELECT MIN(due_us) FROM pending_sales")
        if upcoming is not None:
            self._virtual_us = max(self._virtual_us, upcoming - self._longest_gap_us)

    def _save(self) -> None:
        self._saved_us = self._wall_us
        self._store.set_meta("virtual_us", str(self._virtual_us))

    def _complete(self, row: tuple) -> Sale:
        now = to_us(self._clock())
        _, sale_id, customer_id, shop_id, register_id, employee_id, _, _, lines, payments = row
        return Sale(
            sale_id=sale_id,
            version=0,
            is_completed=True,
            is_voided=False,
            is_live=True,
            created_us=now - (30 + sale_id % 240) * MICROS,
            completed_us=now,
            updated_us=now,
            timestamp_s=now // MICROS,
            customer_id=customer_id,
            shop_id=shop_id,
            register_id=register_id,
            employee_id=employee_id,
            return_of=0,
            lines=decode_lines(lines),
            payments=decode_payments(payments),
        )
