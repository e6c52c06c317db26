"""Whole records of every shape of both API series: what fuzzing begins with. Needs nothing but Python."""

from __future__ import annotations

from typing import Any

Record = dict[str, Any]

SECRET = "lsxs_pt_7Qw2ZkCANARY"
"""Stands in texts of the records; no reason, name or message may ever quote it."""
TIME = "2026-11-24T11:00:01+00:00"

R_LINE: Record = {
    "saleLineID": "11",
    "createTime": TIME,
    "timeStamp": TIME,
    "unitQuantity": "2",
    "unitPrice": "6",
    "calcSubtotal": "12",
    "calcLineDiscount": "1.5",
    "calcTransactionDiscount": "0.5",
    "calcTotal": "10.825",
    "calcTax1": "0.7",
    "calcTax2": "0.125",
    "itemID": "7",
    "parentSaleLineID": "0",
    "Note": {"note": SECRET},
}
R_SALE: Record = {
    "saleID": "1",
    "timeStamp": TIME,
    "completed": "true",
    "archived": "false",
    "voided": "false",
    "isTaxInclusive": "false",
    "completeTime": TIME,
    "updatetime": TIME,
    "change": "0.17",
    "calcTotal": "10.83",
    "customerID": "5",
    "registerID": "3",
    "shopID": "2",
    "employeeID": "4",
    "referenceNumber": SECRET,
    "SaleLines": {"SaleLine": [R_LINE, R_LINE | {"saleLineID": "12", "unitQuantity": "-1"}]},
    "SalePayments": {
        "SalePayment": {
            "salePaymentID": "1",
            "amount": "11.00",
            "archived": "false",
            "paymentTypeID": "1",
            "PaymentType": {"name": "Cash", "type": "cash"},
        }
    },
}
R_CUSTOMER: Record = {
    "customerID": "5",
    "firstName": "Ada",
    "lastName": SECRET,
    "company": "",
    "dob": "1815-12-10T00:00:00+00:00",
    "archived": "false",
    "createTime": TIME,
    "timeStamp": TIME,
    "Contact": {
        "noEmail": "false",
        "Emails": {
            "ContactEmail": [{"address": SECRET, "useType": "Primary"}, {"address": "", "useType": "Secondary"}]
        },
        "Phones": {"ContactPhone": {"number": "+1 512 555 0100", "useType": "Mobile"}},
    },
}
R_ITEM: Record = {
    "itemID": "7",
    "systemSku": "210000000007",
    "customSku": "",
    "description": f"Apples {SECRET}",
    "defaultCost": "1.25",
    "archived": "false",
    "categoryID": "3",
    "createTime": TIME,
    "timeStamp": TIME,
    "Category": {"name": "Fruit", "fullPathName": "Food/Fruit"},
    "Manufacturer": {"name": "Orchard"},
    "Prices": {"ItemPrice": [{"amount": "2.5", "useType": "Default"}, {"amount": "2", "useType": "MSRP"}]},
}

X_LINE: Record = {
    "id": "l1",
    "product_id": "p1",
    "quantity": 2,
    "price": 4.30435,
    "price_total": 8.6087,
    "total_price": 8.6087,
    "discount": 0.5,
    "discount_total": 1.0,
    "tax": 0.3,
    "tax_total": 0.6,
    "is_return": False,
    "status": "CONFIRMED",
    "note": SECRET,
}
X_SALE: Record = {
    "id": "s1",
    "outlet_id": "o1",
    "register_id": "r1",
    "user_id": "u1",
    "customer_id": "c1",
    "status": "CLOSED",
    "note": SECRET,
    "sale_date": TIME,
    "created_at": TIME,
    "updated_at": TIME,
    "deleted_at": None,
    "line_items": [X_LINE, X_LINE | {"id": "l2", "status": "VOIDED"}],
    "payments": [{"id": "y1", "retailer_payment_type_id": "t1", "name": "Cash", "amount": 9.21, "deleted_at": None}],
    "version": 2691964626,
}
X_DATED_SALE: Record = {
    "id": "s1",
    "state": "closed",
    "attributes": ["onaccount"],
    "date": TIME,
    "created_at": TIME,
    "updated_at": TIME,
    "deleted_at": None,
    "customer_id": "c1",
    "note": SECRET,
    "source": {"author": {"id": "u1", "type": "user"}, "outlet_id": "o1", "register_id": "r1"},
    "line_items": [
        {
            "id": "l1",
            "product": {"id": "p1", "name": SECRET},
            "quantity": 2,
            "pricing": {"price": 4.30435, "total": 8.6087, "discount": 0.5, "discount_total": 1.0},
            "tax": {"id": "x", "amount": 0.3, "total": 0.6},
            "return": {"is_return": False},
            "status": "confirmed",
        }
    ],
    "payments": [{"id": "y1", "amount": 9.21, "type": {"id": "3", "config_id": "t1", "name": "Cash"}}],
    "_metadata": {"version": 2691964626},
}
X_CUSTOMER: Record = {
    "id": "c1",
    "customer_code": "ADA-1",
    "first_name": "Ada",
    "last_name": SECRET,
    "email": SECRET,
    "mobile": None,
    "phone": "+1 512 555 0100",
    "company_name": "",
    "do_not_email": False,
    "date_of_birth": "1815-12-10",
    "created_at": TIME,
    "updated_at": TIME,
    "deleted_at": None,
    "version": 2691964627,
}
X_PRODUCT: Record = {
    "id": "p1",
    "name": "Apples",
    "variant_name": f"Apples {SECRET}",
    "sku": "10007",
    "active": True,
    "brand": {"id": "b1", "name": "Orchard"},
    "product_category": {"id": "g1", "name": "Fruit", "category_path": [{"name": "Food"}, {"name": "Fruit"}]},
    "price_excluding_tax": 2.5,
    "supply_price": 1.25,
    "created_at": TIME,
    "updated_at": TIME,
    "deleted_at": None,
    "version": 2691964628,
}

SEEDS: list[tuple[str, str, Record]] = [
    ("r_series", "sales", R_SALE),
    ("r_series", "customers", R_CUSTOMER),
    ("r_series", "products", R_ITEM),
    ("x_series", "sales", X_SALE),
    ("x_series", "sales", X_DATED_SALE),
    ("x_series", "customers", X_CUSTOMER),
    ("x_series", "products", X_PRODUCT),
]
"""Series, stream and a record that is a row of it."""
OPEN: list[tuple[str, str, Record]] = [
    ("r_series", "sales", R_SALE | {"completed": "false"}),
    ("x_series", "sales", X_SALE | {"status": "SAVED"}),
    ("x_series", "sales", X_DATED_SALE | {"state": "pending", "attributes": ["pickup"]}),
]
"""Sales that are not completed: they have no row."""

MODES = ("record", "record", "record", "answer", "cursor", "headers")
"""What the fuzzer's input is taken for, by its first byte."""


def tagged(seed: int, mode: str, body: bytes) -> bytes:
    """An input of the fuzzer: the payload of a mode, for the series and stream of a seed."""
    return bytes([seed + len(SEEDS) * MODES.index(mode)]) + body


def untagged(data: bytes) -> tuple[str, str, str, bytes]:
    """Series, stream, mode and payload of an input that is not empty."""
    series, stream, _ = SEEDS[data[0] % len(SEEDS)]
    return series, stream, MODES[data[0] // len(SEEDS) % len(MODES)], data[1:]
