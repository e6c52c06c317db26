"""The R-Series resources that the simulator serves, with their fields, sort orders and relations."""

from __future__ import annotations

from operator import attrgetter
from typing import Final

from sandbox.lightspeed.r_query import Column, Resource, boolean, moment_s, whole

_SECOND: Final = 1_000_000
_CREATED: Final = Column("created_us / 1000000", moment_s, lambda record: record.created_us // _SECOND)
_UPDATED: Final = Column("updated_us / 1000000", moment_s, lambda record: record.updated_us // _SECOND)

SALE: Final = Resource(
    name="Sale",
    key="saleID",
    columns={
        "saleID": Column("sale_id", whole, attrgetter("sale_id")),
        "timeStamp": Column("timestamp_s", moment_s, attrgetter("timestamp_s")),
        "completeTime": Column(
            "COALESCE(completed_us, 0) / 1000000", moment_s, lambda sale: (sale.completed_us or 0) // _SECOND
        ),
        "updatetime": _UPDATED,
        "updateTime": _UPDATED,
        "createTime": _CREATED,
        "customerID": Column("customer_id", whole, attrgetter("customer_id")),
        "shopID": Column("shop_id", whole, attrgetter("shop_id")),
        "registerID": Column("register_id", whole, attrgetter("register_id")),
        "employeeID": Column("employee_id", whole, attrgetter("employee_id")),
        "completed": Column("is_completed", boolean, attrgetter("is_completed")),
        "voided": Column("is_voided", boolean, attrgetter("is_voided")),
    },
    sortable=("saleID", "timeStamp", "completeTime", "updatetime"),
    relations=(
        "SaleLines",
        "SaleLines.Discount",
        "SaleLines.TaxClass",
        "SaleLines.Note",
        "SaleLines.Item",
        "SaleLines.InventorySales",
        "SaleNotes",
        "SalePayments",
        "SalePayments.PaymentType",
        "SalePayments.CCCharge",
        "SalePayments.SaleAccounts",
        "SalePayments.Signatures",
        "ShipTo",
        "ShipTo.Contact",
        "Customer",
        "Customer.Contact",
        "Discount",
        "TaxCategory",
        "TaxCategory.TaxCategoryClasses",
        "Quote",
    ),
)
CUSTOMER: Final = Resource(
    name="Customer",
    key="customerID",
    columns={
        "customerID": Column("customer_id", whole, attrgetter("customer_id")),
        "timeStamp": _UPDATED,
        "createTime": _CREATED,
    },
    sortable=("customerID", "timeStamp"),
    relations=("Contact", "CreditAccount", "CustomerType", "Discount", "Note", "Tags", "TaxCategory"),
    archivable=True,
)
ITEM: Final = Resource(
    name="Item",
    key="itemID",
    columns={
        "itemID": Column("product_id", whole, attrgetter("product_id")),
        "timeStamp": _UPDATED,
        "createTime": _CREATED,
        "categoryID": Column("category_id", whole, attrgetter("category_id")),
    },
    sortable=("itemID", "timeStamp"),
    relations=(
        "Category",
        "Manufacturer",
        "TaxClass",
        "ItemShops",
        "Images",
        "ItemVendorNums",
        "Tags",
        "CustomFieldValues",
    ),
    archivable=True,
)
CATEGORY: Final = Resource(
    name="Category",
    key="categoryID",
    columns={
        "categoryID": Column("category_id", whole, attrgetter("category_id")),
        "timeStamp": _CREATED,
        "createTime": _CREATED,
        "parentID": Column("parent_id", whole, attrgetter("parent_id")),
        "nodeDepth": Column("depth", whole, attrgetter("depth")),
        "name": Column("name", str, attrgetter("name")),
        "fullPathName": Column("path", str, attrgetter("path")),
        "leftNode": Column("left_node", whole, attrgetter("left_node")),
    },
    sortable=("categoryID", "timeStamp", "name", "leftNode"),
)
PAYMENT_TYPE: Final = Resource(
    name="PaymentType",
    key="paymentTypeID",
    columns={
        "paymentTypeID": Column("payment_type_id", whole, attrgetter("payment_type_id")),
        "name": Column("name", str, attrgetter("name")),
        "type": Column("kind", str, attrgetter("kind")),
    },
    sortable=("paymentTypeID",),
)
RESOURCES: Final = {resource.name: resource for resource in (SALE, CUSTOMER, ITEM, CATEGORY, PAYMENT_TYPE)}
