"""The R-Series resources that the simulator serves, with their fields, sort orders and relations."""

from __future__ import annotations

from typing import Final

from sandbox.lightspeed.r_query import Column, Resource, boolean, moment_s, whole

_CREATED: Final = Column("created_us / 1000000", moment_s)
_UPDATED: Final = Column("updated_us / 1000000", moment_s)

SALE: Final = Resource(
    name="Sale",
    key="saleID",
    columns={
        "saleID": Column("sale_id", whole),
        "timeStamp": Column("timestamp_s", moment_s),
        "completeTime": Column("COALESCE(completed_us, 0) / 1000000", moment_s),
        "updatetime": _UPDATED,
        "updateTime": _UPDATED,
        "createTime": _CREATED,
        "customerID": Column("customer_id", whole),
        "shopID": Column("shop_id", whole),
        "registerID": Column("register_id", whole),
        "employeeID": Column("employee_id", whole),
        "completed": Column("is_completed", boolean),
        "voided": Column("is_voided", boolean),
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
        "customerID": Column("customer_id", whole),
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
        "itemID": Column("product_id", whole),
        "timeStamp": _UPDATED,
        "createTime": _CREATED,
        "categoryID": Column("category_id", whole),
    },
    sortable=("itemID", "timeStamp"),
    relations=("Category", "TaxClass", "ItemShops", "Images", "ItemVendorNums", "Tags", "CustomFieldValues"),
    archivable=True,
)
CATEGORY: Final = Resource(
    name="Category",
    key="categoryID",
    columns={
        "categoryID": Column("category_id", whole),
        "timeStamp": _CREATED,
        "createTime": _CREATED,
        "parentID": Column("parent_id", whole),
        "nodeDepth": Column("depth", whole),
        "name": Column("name", str),
        "fullPathName": Column("path", str),
        "leftNode": Column("left_node", whole),
    },
    sortable=("categoryID", "timeStamp", "name", "leftNode"),
)
PAYMENT_TYPE: Final = Resource(
    name="PaymentType",
    key="paymentTypeID",
    columns={"paymentTypeID": Column("payment_type_id", whole), "name": Column("name", str), "type": Column("kind", str)},
    sortable=("paymentTypeID",),
)
RESOURCES: Final = {resource.name: resource for resource in (SALE, CUSTOMER, ITEM, CATEGORY, PAYMENT_TYPE)}
