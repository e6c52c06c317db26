"""What happens to a sale away from the till: its completion is taken back, or it is removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.lightspeed.till import Till, TillError

if TYPE_CHECKING:
    from sandbox.lightspeed.records import Sale


class BackOffice(Till):
    """A till that can also undo: what no API documents, and what happens in shops all the same."""

    def reopen(self, sale_id: int) -> Sale:
        """Take a sale's completion back: it is open again, without payments.

        Raises:
            TillError: It is not completed.
            UnknownSaleError: There is no such sale.
        """
        with self._store.transaction():
            sale = self._get(sale_id)
            if not sale.is_completed:
                raise TillError(f"Sale {sale_id} is not completed")
            sale.is_completed, sale.completed_us, sale.payments = False, None, []
            self._touch(sale)
            self._store.put_sale(sale)
            return sale

    def delete(self, sale_id: int) -> Sale:
        """Remove a sale without a trace: no feed tells of it.

        Raises:
            UnknownSaleError: There is no such sale.
        """
        with self._store.transaction():
            sale = self._get(sale_id)
            self._store.remove_sale(sale_id)
            return sale
