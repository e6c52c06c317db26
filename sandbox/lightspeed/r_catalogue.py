"""R-Series V3 JSON shapes of what sales refer to: customers, items, categories, payment types."""

from __future__ import annotations

from typing import Any

from sandbox.lightspeed.records import Category, Customer, PaymentType, Product, decimal_text, iso_seconds


def flag(value: object) -> str:
    """``"true"`` or ``"false"``."""
    return "true" if value else "false"


def nest(name: str, members: list[Any]) -> dict[str, Any] | str:
    """A nested collection: ``{name: [..]}``, a bare object for one member, ``""`` for none."""
    if not members:
        return ""
    return {name: members[0] if len(members) == 1 else members}


def payment_type(record: PaymentType) -> dict[str, str]:
    """One ``PaymentType``; it has no ``timeStamp``."""
    return {
        "paymentTypeID": str(record.payment_type_id),
        "name": record.name,
        "requireCustomer": flag(record.kind == "credit account"),
        "archived": "false",
        "internalReserved": flag(record.kind != "user defined"),
        "type": record.kind,
        "refundAsPaymentTypeID": "0",
    }


def customer(record: Customer, with_contact: bool) -> dict[str, Any]:
    """One ``Customer``, with its ``Contact`` if it was asked for."""
    payload: dict[str, Any] = {
        "customerID": str(record.customer_id),
        "firstName": record.first_name,
        "lastName": record.last_name,
        "title": "",
        "company": record.company,
        "vatNumber": "",
        "createTime": iso_seconds(record.created_us),
        "timeStamp": iso_seconds(record.updated_us),
        "archived": flag(record.is_archived),
        "creditAccountID": "0",
        "customerTypeID": "1",
        "discountID": "0",
        "taxCategoryID": "0",
    }
    if record.date_of_birth:
        payload["dob"] = f"{record.date_of_birth}T00:00:00+00:00"
    if with_contact:
        payload["Contact"] = _contact(record)
    return payload


def _contact(record: Customer) -> dict[str, Any]:
    uses = ("Primary", "Secondary")
    emails = [{"address": address, "useType": use} for address, use in zip(record.emails, uses, strict=False)]
    phones = [{"number": number, "useType": "Mobile"} for number in record.phones]
    sites = (("instagram", record.instagram), ("facebook", record.facebook))
    websites = [{"url": f"https://www.{site}.com/{handle}"} for site, handle in sites if handle]
    address = {"address1": "", "city": record.city, "state": "TX", "zip": "", "country": "United States"}
    return {
        "contactID": str(record.customer_id),
        "custom": record.code,
        "noEmail": flag(not record.accepts_email),
        "noPhone": "false",
        "noMail": "false",
        "timeStamp": iso_seconds(record.updated_us),
        "Addresses": nest("ContactAddress", [address] if record.city else []),
        "Emails": nest("ContactEmail", emails),
        "Phones": nest("ContactPhone", phones),
        "Websites": nest("ContactWebsite", websites),
    }


def item(record: Product, category_of: Category | None = None, with_maker: bool = False) -> dict[str, Any]:
    """One ``Item``; the brand is its relation ``Manufacturer`` (1 national, 2 private)."""
    size = f" {record.package_size}" if record.package_size else ""
    prices = [
        {"amount": decimal_text(record.price), "useTypeID": str(number), "useType": use}
        for number, use in enumerate(("Default", "MSRP"), start=1)
    ]
    payload: dict[str, Any] = {
        "itemID": str(record.product_id),
        "systemSku": f"2{record.product_id:011d}",
        "defaultCost": decimal_text(record.cost),
        "avgCost": decimal_text(record.cost),
        "discountable": "true",
        "tax": "true",
        "archived": flag(record.is_archived),
        "itemType": "default",
        "serialized": "false",
        "description": record.description + size,
        "upc": "",
        "ean": "",
        "customSku": record.sku,
        "manufacturerSku": "",
        "createTime": iso_seconds(record.created_us),
        "timeStamp": iso_seconds(record.updated_us),
        "publishToEcom": "false",
        "categoryID": str(record.category_id),
        "taxClassID": "1",
        "itemMatrixID": "0",
        "manufacturerID": {"": "0", "National": "1"}.get(record.brand, "2"),
        "defaultVendorID": "0",
        "Prices": {"ItemPrice": prices},
    }
    if category_of is not None:
        payload["Category"] = category(category_of)
    if with_maker and record.brand:
        payload["Manufacturer"] = {"manufacturerID": payload["manufacturerID"], "name": record.brand}
    return payload


def category(record: Category) -> dict[str, str]:
    """One ``Category``."""
    return {
        "categoryID": str(record.category_id),
        "name": record.name,
        "nodeDepth": str(record.depth),
        "fullPathName": record.path,
        "leftNode": str(record.left_node),
        "rightNode": str(record.right_node),
        "createTime": iso_seconds(record.created_us),
        "timeStamp": iso_seconds(record.created_us),
        "parentID": str(record.parent_id),
    }
