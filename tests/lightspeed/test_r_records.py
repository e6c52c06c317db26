"""R-Series V3 records, with all their quirks, become the tables' rows."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from include.lightspeed.records import SCHEMAS, RowBuilder

LINE: dict[str, Any] = {
    "saleLineID": "11",
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
}
CASH = {"paymentTypeID": "1", "name": "Cash", "type": "cash"}
CARD = {"paymentTypeID": "2", "name": "Visa", "type": "credit card"}
PAYMENT: dict[str, Any] = {"amount": "10.83", "archived": "false", "paymentTypeID": "1", "PaymentType": CASH}
SALE: dict[str, Any] = {
    "saleID": "1",
    "timeStamp": "2026-11-24T11:00:01+00:00",
    "completed": "true",
    "archived": "false",
    "voided": "false",
    "isTaxInclusive": "false",
    "completeTime": "2026-11-24T11:00:00+00:00",
    "updatetime": "2026-11-24T11:00:02+00:00",
    "change": "0",
    "calcTotal": "10.83",
    "customerID": "5",
    "registerID": "3",
    "shopID": "2",
    "employeeID": "4",
    "SaleLines": {"SaleLine": LINE},
    "SalePayments": {"SalePayment": PAYMENT},
}
CUSTOMER: dict[str, Any] = {"customerID": "5", "timeStamp": "2026-11-24T11:00:01+00:00", "archived": "false"}


def raw(record: dict[str, Any]) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(record))


def build(*records: dict[str, Any], stream: str = "sales") -> list[dict[str, Any]]:
    builder = RowBuilder(stream, "r_series", "b1")
    assert builder.add([raw(record) for record in records]) == []
    table = builder.to_table()
    assert table.schema == SCHEMAS[stream]
    return table.to_pylist()


def without(record: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}


def paid(*payments: tuple[str, dict[str, str]], **sale: str) -> dict[str, Any]:
    made = [PAYMENT | {"amount": amount, "PaymentType": kind} for amount, kind in payments]
    return SALE | {"SalePayments": {"SalePayment": made}} | sale


def test_a_line_becomes_a_row():
    assert build(SALE) == [
        {
            "timestamp": datetime(2026, 11, 24, 11, tzinfo=UTC),
            "customer_id": "5",
            "product_id": "7",
            "quantity": Decimal(2),
            "price": Decimal(5),
            "payment_method": "Cash",
            "sale_id": "1",
            "sale_line_id": "11",
            "line_total": Decimal(10),
            "discount": Decimal(2),
            "tax": Decimal("0.825"),
            "payment_methods": [{"name": "Cash", "amount": Decimal("10.83")}],
            "register_id": "3",
            "shop_id": "2",
            "employee_id": "4",
            "is_return": False,
            "returned_sale_line_id": None,
            "is_voided": False,
            "source": "r_series",
            "source_updated_at": datetime(2026, 11, 24, 11, 0, 2, tzinfo=UTC),
            "batch_id": "b1",
        }
    ]


@pytest.mark.parametrize(
    ("lines", "ids"),
    [
        ({"SaleLine": LINE}, ["11"]),
        ({"SaleLine": [LINE]}, ["11"]),
        ({"SaleLine": [LINE, LINE | {"saleLineID": "12"}]}, ["11", "12"]),
        ({"SaleLine": ""}, []),
        ("", []),
        ({}, []),
    ],
    ids=["object", "list of one", "list", "empty inside", "empty string", "empty object"],
)
def test_lines_come_in_every_shape(lines: Any, ids: list[str]):
    assert [row["sale_line_id"] for row in build(SALE | {"SaleLines": lines})] == ids


def test_relations_may_be_absent():
    assert build(without(SALE, "SaleLines")) == []
    (row,) = build(without(SALE, "SalePayments"))
    assert (row["payment_method"], row["payment_methods"]) == (None, [])


def test_false_is_false():
    (row,) = build(SALE)
    assert row["is_voided"] is False
    (row,) = build(SALE | {"voided": "true"})
    assert row["is_voided"] is True


@pytest.mark.parametrize("change", [{"completed": "false"}, {"completed": "false", "voided": "true"}])
def test_an_incomplete_sale_has_a_header_and_no_line(change: dict[str, str]):
    builder = RowBuilder("sales", "r_series", "b1")
    assert builder.add([raw(without(SALE | change, "completeTime"))]) == []
    assert builder.to_table().num_rows == 0
    assert builder.headers_table().to_pylist() == [
        {
            "sale_id": "1",
            "completed_at": None,
            "source_updated_at": datetime(2026, 11, 24, 11, 0, 2, tzinfo=UTC),
            "version": int(datetime(2026, 11, 24, 11, 0, 2, tzinfo=UTC).timestamp()),
        }
    ]


def test_id_zero_is_null():
    zero = SALE | {"customerID": "0", "registerID": "0", "SaleLines": {"SaleLine": LINE | {"itemID": "0"}}}
    (row,) = build(zero)
    assert (row["customer_id"], row["product_id"], row["register_id"]) == (None, None, None)


@pytest.mark.parametrize("name", ["updatetime", "updateTime"])
def test_both_spellings_of_the_update_time_count(name: str):
    (row,) = build(without(SALE, "updatetime") | {name: "2026-11-24T12:00:00+00:00"})
    assert row["source_updated_at"] == datetime(2026, 11, 24, 12, tzinfo=UTC)
    (row,) = build(without(SALE, "updatetime"))
    assert row["source_updated_at"] == datetime(2026, 11, 24, 11, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize("time", ["2026-11-24T06:00:00-05:00", "2026-11-24T11:00:00-00:00", "2026-11-24T11:00:00+0000"])
def test_times_are_utc_whatever_their_offset(time: str):
    (row,) = build(SALE | {"completeTime": time})
    assert row["timestamp"] == datetime(2026, 11, 24, 11, tzinfo=UTC)


def test_a_refund_is_negative_and_names_the_line_it_returns():
    line = LINE | {
        "unitQuantity": "-1",
        "calcSubtotal": "-6",
        "calcLineDiscount": "0",
        "calcTransactionDiscount": "0",
        "calcTax1": "-0.4",
        "calcTax2": "0",
        "parentSaleLineID": "9",
    }
    (row,) = build(paid(("-6.40", CASH)) | {"SaleLines": {"SaleLine": line}})
    assert (row["quantity"], row["price"], row["line_total"], row["tax"]) == (-1, 6, -6, Decimal("-0.4"))
    assert (row["is_return"], row["returned_sale_line_id"]) == (True, "9")


def test_the_price_is_without_tax_also_where_prices_include_it():
    line = LINE | {"calcSubtotal": "12.825", "calcTotal": "10.825"}
    (row,) = build(SALE | {"isTaxInclusive": "true", "SaleLines": {"SaleLine": line}})
    assert (row["line_total"], row["price"], row["tax"]) == (10, 5, Decimal("0.825"))


def test_more_than_two_decimals_are_kept():
    line = LINE | {"calcSubtotal": "11.4860025", "calcLineDiscount": "0", "calcTransactionDiscount": "0"}
    (row,) = build(SALE | {"SaleLines": {"SaleLine": line}})
    assert row["line_total"] == Decimal("11.4860025")
    assert row["price"] == Decimal("5.74300125")


@pytest.mark.parametrize(
    ("sale", "main", "amounts"),
    [
        (paid(("4", CASH), ("6.83", CARD)), "Visa", {"Cash": "4", "Visa": "6.83"}),
        (paid(("5.415", CARD), ("5.415", CASH)), "Cash", {"Cash": "5.415", "Visa": "5.415"}),
        (paid(("20", CASH), change="9.17"), "Cash", {"Cash": "10.83"}),
        (paid(("16", CASH), ("4", CARD), change="9.17"), "Cash", {"Cash": "6.83", "Visa": "4"}),
        (paid(("10.83", CASH), change="9.17"), "Cash", {"Cash": "10.83"}),
        (paid(("20", CASH), ("-20", CARD), ("10.83", CASH)), "Cash", {"Cash": "30.83", "Visa": "-20"}),
    ],
    ids=["split", "tie by name", "change handed back", "split with change", "net already", "deposit pair"],
)
def test_tenders_are_summed_by_name(sale: dict[str, Any], main: str, amounts: dict[str, str]):
    (row,) = build(sale)
    assert row["payment_method"] == main
    assert {each["name"]: each["amount"] for each in row["payment_methods"]} == {
        name: Decimal(amount) for name, amount in amounts.items()
    }


def test_an_archived_payment_does_not_count():
    payments = [PAYMENT | {"amount": "99", "archived": "true", "PaymentType": CARD}, PAYMENT]
    (row,) = build(SALE | {"SalePayments": {"SalePayment": payments}})
    assert row["payment_methods"] == [{"name": "Cash", "amount": Decimal("10.83")}]


def test_two_lines_and_two_payments_are_two_rows():
    lines = [LINE, LINE | {"saleLineID": "12"}]
    rows = build(paid(("4", CASH), ("6.83", CARD)) | {"SaleLines": {"SaleLine": lines}})
    assert sum(row["line_total"] for row in rows) == 20


def test_a_payment_without_its_type_is_named_by_its_id():
    (row,) = build(SALE | {"SalePayments": {"SalePayment": without(PAYMENT, "PaymentType")}})
    assert row["payment_method"] == "payment type 1"


@pytest.mark.parametrize(
    ("sale", "reason"),
    [
        (without(SALE, "completeTime"), "no completeTime"),
        (without(SALE, "voided"), "missing required field `voided`"),
        (SALE | {"completed": "maybe"}, "Expected `bool`"),
        (SALE | {"SaleLines": {"SaleLine": LINE | {"calcSubtotal": ""}}}, "Invalid decimal"),
        (SALE | {"SaleLines": {"SaleLine": LINE | {"unitQuantity": "Infinity"}}}, ""),
        (SALE | {"SalePayments": {"SalePayment": 5}}, "Expected"),
    ],
)
def test_a_sale_that_does_not_fit_is_rejected_with_its_id(sale: dict[str, Any], reason: str):
    builder = RowBuilder("sales", "r_series", "b1")
    (rejected,) = builder.add([raw(sale), raw(SALE | {"saleID": "2"})])
    assert reason in rejected.reason
    assert rejected.reason
    assert rejected.record_id == "1"
    assert builder.headers_table()["sale_id"].to_pylist() == ["2"]


def test_a_customer_becomes_a_row():
    contact = {
        "noEmail": "true",
        "custom": "fb: 100042",
        "Websites": {"ContactWebsite": {"url": "https://www.instagram.com/ada.l/"}},
        "Phones": {"ContactPhone": [{"number": "1", "useType": "Home"}, {"number": "2", "useType": "Mobile"}]},
        "Emails": {
            "ContactEmail": [
                {"address": "b@x.org", "useType": "Secondary"},
                {"address": "a@x.org", "useType": "Primary"},
            ]
        },
    }
    (row,) = build(
        CUSTOMER
        | {
            "firstName": "Ada",
            "lastName": "",
            "company": "Engines",
            "dob": "1815-12-10T00:00:00+00:00",
            "createTime": "2020-01-01T00:00:00+00:00",
            "Contact": contact,
        },
        stream="customers",
    )
    assert row == {
        "customer_id": "5",
        "first_name": "Ada",
        "last_name": None,
        "email": "a@x.org",
        "phone": "2",
        "company": "Engines",
        "accepts_email": False,
        "date_of_birth": date(1815, 12, 10),
        "instagram": "ada.l",
        "facebook": "100042",
        "is_archived": False,
        "created_at": datetime(2020, 1, 1, tzinfo=UTC),
        "source": "r_series",
        "source_updated_at": datetime(2026, 11, 24, 11, 0, 1, tzinfo=UTC),
        "batch_id": "b1",
    }


@pytest.mark.parametrize(
    ("contact", "email", "phone"),
    [
        ({"Phones": "", "Emails": "", "Websites": ""}, None, None),
        ("", None, None),
        ({"Emails": {"ContactEmail": {"address": "a@x.org", "useType": "Secondary"}}}, "a@x.org", None),
        ({"Phones": {"ContactPhone": [{"number": ""}, {"number": "1", "useType": "Work"}]}}, None, "1"),
    ],
)
def test_contacts_come_in_every_shape(contact: Any, email: str | None, phone: str | None):
    (row,) = build(CUSTOMER | {"Contact": contact}, stream="customers")
    assert (row["email"], row["phone"]) == (email, phone)


@pytest.mark.parametrize("dob", ["", "0000-00-00", "0000-00-00T00:00:00+00:00"])
def test_an_empty_date_of_birth_is_null(dob: str):
    (row,) = build(CUSTOMER | {"dob": dob}, stream="customers")
    assert row["date_of_birth"] is None


def test_an_impossible_date_of_birth_is_rejected_without_quoting_it():
    builder = RowBuilder("customers", "r_series", "b1")
    (rejected,) = builder.add([raw(CUSTOMER | {"dob": "1815-13-41"})])
    assert rejected.reason == "the date of birth is not a date"


def test_an_item_becomes_a_row():
    item = {
        "itemID": "7",
        "timeStamp": "2026-11-24T11:00:01+00:00",
        "systemSku": "210000000007",
        "customSku": "TEA",
        "description": "Tea",
        "defaultCost": "1.25",
        "archived": "true",
        "categoryID": "9",
        "Category": {"categoryID": "9", "name": "Green", "fullPathName": "Tea/Green"},
        "Manufacturer": {"manufacturerID": "3", "name": "Leaf"},
        "Prices": {"ItemPrice": [{"amount": "4", "useType": "MSRP"}, {"amount": "3.5", "useType": "Default"}]},
    }
    bare = {"itemID": "8", "timeStamp": "2026-11-24T11:00:01+00:00", "systemSku": "21", "categoryID": "0"}
    first, second = build(item, bare, stream="products")
    names = ("product_id", "sku", "description", "brand", "category_id", "category", "category_path")
    assert [first[name] for name in names] == ["7", "TEA", "Tea", "Leaf", "9", "Green", "Tea/Green"]
    assert (first["price"], first["cost"], first["is_archived"]) == (Decimal("3.5"), Decimal("1.25"), True)
    assert [second[name] for name in names] == ["8", "21", None, None, None, None, None]
    assert (second["price"], second["cost"], second["is_archived"]) == (None, None, False)
