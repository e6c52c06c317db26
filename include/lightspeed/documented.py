"""The fields that Lightspeed documents, by series and stream: what `drift` holds records against.

An object a line, under its path; lists add nothing to a path. A field is `name:types`, types being `s` string,
`n` number, `b` boolean, `o` object, `a` list of objects or of strings, `x` anything (not looked into). Each may be
null or absent; one that ends in `!` has always been there, and its absence is a change.
"""

from __future__ import annotations

R_TIMES = "createTime:s timeStamp:s!"
X_TIMES = "created_at:s! updated_at:s! deleted_at:s"

R_SALE = {
    "": f"saleID:s! {R_TIMES} completed:s! voided:s! archived:s updatetime:s updateTime:s completeTime:s change:s!"
    " discountPercent:s enablePromotions:s isTaxInclusive:s referenceNumber:s referenceNumberSource:s tax1Rate:s"
    " tax2Rate:s tipEnabled:s receiptPreference:s displayableSubtotal:s ticketNumber:s calcDiscount:s calcTotal:s!"
    " calcSubtotal:s! calcTaxable:s calcNonTaxable:s calcAvgCost:s calcFIFOCost:s calcTax1:s calcTax2:s"
    " calcPayments:s calcTips:s total:s totalDue:s displayableTotal:s balance:s customerID:s! discountID:s"
    " employeeID:s! tipEmployeeID:s quoteID:s registerID:s! shipToID:s shopID:s! taxCategoryID:s taxTotal:s"
    " Customer:x SaleNotes:x ShipTo:x Discount:x TaxCategory:x Quote:x MetaData:x SaleLines:os SalePayments:os",
    "SaleLines": "SaleLine:oas",
    "SaleLines.SaleLine": f"saleLineID:s! {R_TIMES} unitQuantity:s! unitPrice:s! normalUnitPrice:s discountAmount:s"
    " discountPercent:s avgCost:s fifoCost:s tax:s tax1Rate:s tax2Rate:s isLayaway:s isWorkorder:s isSpecialOrder:s"
    " displayableSubtotal:s displayableUnitPrice:s lineType:s calcLineDiscount:s! calcTransactionDiscount:s!"
    " calcTotal:s! calcSubtotal:s! calcTax1:s! calcTax2:s! taxClassID:s customerID:s discountID:s employeeID:s"
    " itemID:s! noteID:s parentSaleLineID:s! shopID:s taxCategoryID:s saleID:s Item:x Note:x Discount:x TaxClass:x",
    "SalePayments": "SalePayment:oas",
    "SalePayments.SalePayment": "salePaymentID:s! amount:s! tipAmount:s createTime:s archived:s! remoteReference:s"
    " paymentID:s saleID:s paymentTypeID:s! ccChargeID:s refPaymentID:s registerID:s employeeID:s creditAccountID:s"
    " PaymentType:os CCCharge:x SaleAccounts:x MetaData:x",
    "SalePayments.SalePayment.PaymentType": "code:s paymentTypeID:s name:s! requireCustomer:s archived:s"
    " internalReserved:s type:s! channel:s refundAsPaymentTypeID:s",
}
R_CUSTOMER = {
    "": f"customerID:s! {R_TIMES} firstName:s! lastName:s! title:s company:s! vatNumber:s archived:s! creditAccountID:s"
    " customerTypeID:s discountID:s taxCategoryID:s companyRegistrationNumber:s dob:s measurementID:s employeeID:s"
    " contactID:s Contact:os Note:x Tags:x CustomFieldValues:x CreditAccount:x",
    "Contact": "contactID:s custom:s noEmail:s! noPhone:s noMail:s timeStamp:s Addresses:x Emails:os Phones:os"
    " Websites:x",
    "Contact.Emails": "ContactEmail:oas",
    "Contact.Emails.ContactEmail": "address:s! useType:s! useTypeID:s",
    "Contact.Phones": "ContactPhone:oas",
    "Contact.Phones.ContactPhone": "number:s! useType:s! useTypeID:s",
}
R_ITEM = {
    "": f"itemID:s! {R_TIMES} systemSku:s! defaultCost:s! avgCost:s discountable:s tax:s archived:s! itemType:s"
    " laborDurationMinutes:s serialized:s description:s! modelYear:s upc:s ean:s customSku:s! manufacturerSku:s"
    " publishToEcom:s categoryID:s! taxClassID:s departmentID:s itemMatrixID:s itemAttributesID:s manufacturerID:s"
    " noteID:s seasonID:s defaultVendorID:s Prices:os Category:os Manufacturer:os ItemShops:x Note:x Tags:x Images:x"
    " CustomFieldValues:x ItemAttributes:x TaxClass:x",
    "Prices": "ItemPrice:oas",
    "Prices.ItemPrice": "amount:s! useTypeID:s useType:s!",
    "Category": f"categoryID:s name:s! nodeDepth:s fullPathName:s! leftNode:s rightNode:s {R_TIMES} parentID:s",
    "Manufacturer": "manufacturerID:s name:s! createTime:s timeStamp:s",
}

X_SALE = {
    "": f"id:s! outlet_id:s! register_id:s! user_id:s! customer_id:s! invoice_number:s receipt_number:s status:s!"
    " state:s attributes:a note:s short_code:s return_for:s return_ids:x total_price:n! total_price_incl:n total_tax:n"
    f" total_loyalty:n {X_TIMES} sale_date:s! line_items:a! payments:a! adjustments:x taxes:x version:n! source:s"
    " source_id:s accounts_transaction_id:s has_unsynced_on_account_payments:b ecom_custom_charges:x"
    " complete_open_sequence_id:s external_applications:x service_fee:x",
    "line_items": "id:s! product_id:s! quantity:n! price:n! unit_price:n price_total:n! total_price:n discount:n!"
    " discount_total:n tax:n! tax_total:n tax_components:x is_return:b! status:s! sequence:n salesperson_id:s tax_id:s"
    " cost:n cost_total:n unit_cost:n unit_discount:n unit_loyalty_value:n total_cost:n total_discount:n"
    " total_loyalty_value:n total_tax:n unit_tax:n loyalty_value:n price_set:b note:s gift_card_number:s"
    " promotions:x surcharges:x external_attributes:x",
    "payments": "id:s! register_id:s outlet_id:s retailer_payment_type_id:s! payment_type_id:s name:s! amount:n!"
    " payment_date:s deleted_at:s external_attributes:x external_applications:x source_id:s surcharge:x",
}
X_DATED_SALE = {
    "": f"id:s! state:s! attributes:a! date:s! {X_TIMES} customer_id:s! invoice_number:s receipt_number:s source:o!"
    " totals:x return:x line_items:a! payments:a! adjustments:x ecom_custom_charges:x taxes:x note:s short_code:s"
    " _metadata:o!",
    "source": "author:o! id:s type:s outlet_id:s! register_id:s!",
    "source.author": "id:s! type:s",
    "line_items": "id:s! product:o! quantity:n! pricing:o! tax:o! return:o status:s! sequence:n salesperson_id:s note:s"
    " promotions:x surcharges:x gift_card:x",
    "line_items.product": "id:s! name:s sku:s",
    "line_items.pricing": "price:n! total:n! cost:n discount:n! discount_total:n loyalty_value:n price_set:b",
    "line_items.tax": "id:s amount:n! total:n! components:x",
    "line_items.return": "is_return:b! reason:x original_line_item_id:s",
    "payments": "id:s! amount:n! date:s type:o! source:x deleted_at:s surcharge:x external_attributes:x",
    "payments.type": "id:s config_id:s! name:s!",
    "_metadata": "version:n! complete_open_sequence_id:s has_unsynced_on_account_payments:b",
}
X_CUSTOMER = {
    "": f"id:s! customer_code:s name:s first_name:s! last_name:s! email:s! mobile:s! phone:s! fax:s company_name:s!"
    f" do_not_email:b! enable_loyalty:b loyalty_balance:n year_to_date:n balance:n date_of_birth:s gender:s {X_TIMES}"
    " version:n! physical_address_1:s physical_address_2:s physical_suburb:s physical_city:s physical_postcode:s"
    " physical_state:s physical_country_id:s postal_address_1:s postal_address_2:s postal_suburb:s postal_city:s"
    " postal_postcode:s postal_state:s postal_country_id:s note:s website:s twitter:s custom_field_1:s"
    " custom_field_2:s custom_field_3:s custom_field_4:s customer_group_id:s customer_group_ids:x loyalty_email_sent:b"
    " on_account_limit:n tax_exempt_id:s",
}
X_PRODUCT = {
    "": f"id:s! name:s! variant_name:s handle:s sku:s! description:s! brand:o! product_category:x type:x supplier:x"
    f" supply_price:n! price_including_tax:n price_excluding_tax:n! is_active:b active:b! has_inventory:b"
    f" has_variants:b variant_parent_id:s {X_TIMES} version:n! source_id:s source_variant_id:s variant_options:x"
    " variant_count:n button_order:n is_composite:b classification:s brand_id:s supplier_id:s supplier_code:s"
    " product_type_id:s product_codes:x product_suppliers:x packaging:x tag_ids:x attributes:x image_url:s"
    " image_thumbnail_url:s images:x skuImages:x account_code:s account_code_purchase:s account_code_sales:s"
    " loyalty_amount:n weight:n weight_unit:s length:n width:n height:n dimensions_unit:s ecwid_enabled_webstore:b",
    "brand": "id:s name:s! version:n deleted_at:s",
}

DOCUMENTED: dict[tuple[str, str], dict[str, str]] = {
    ("r_series", "sales"): R_SALE,
    ("r_series", "customers"): R_CUSTOMER,
    ("r_series", "products"): R_ITEM,
    ("x_series", "sales"): X_SALE,
    ("x_series", "sales of 2026-07"): X_DATED_SALE,
    ("x_series", "customers"): X_CUSTOMER,
    ("x_series", "products"): X_PRODUCT,
}
"""Series and stream -> path of an object -> its fields."""
