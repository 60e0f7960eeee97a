-- One row per line item. All amounts are in the shop's currency (shopMoney), whatever the customer paid in.
SELECT
    text_id(o ->> 'name') AS order_id,
    line_id,
    offset_time(o ->> 'createdAt') AS ordered_at,
    customer_or_guest(gid(o ->> '$.customer.id'), gid(o ->> 'id')) AS customer_id,
    variant_sku(l ->> 'sku', l ->> '$.variant.id') AS sku,
    -- Without the units that were cancelled, unless all were. A part of a unit is rejected as it is.
    CASE WHEN is_cancelled AND removed < ordered AND ordered = trunc(ordered) THEN ordered - removed ELSE ordered END AS quantity,
    l ->> '$.discountedUnitPriceAfterAllDiscountsSet.shopMoney.amount' AS unit_price,
    l ->> '$.originalUnitPriceSet.shopMoney.amount' AS list_price,
    o ->> 'currencyCode' AS currency,
    coalesce(o ->> '$.shippingAddress.countryCodeV2', o ->> '$.billingAddress.countryCodeV2') AS market,
    o ->> 'sourceName' AS channel,
    o ->> '$.paymentGatewayNames[0]' AS payment_method,
    CASE WHEN json_array_length(o -> 'discountCodes') > 0 THEN 'code' END AS voucher,
    shipped_at,
    CASE WHEN shipped_at IS NOT NULL THEN delivered_at END AS delivered_at,
    -- An edit that removed the item has no time: at the latest when the order was last changed.
    CASE
        WHEN is_cancelled AND removed = ordered
            THEN coalesce(offset_time(o ->> 'cancelledAt'), refunded_at, offset_time(o ->> 'updatedAt'))
        WHEN shipped_at IS NULL THEN offset_time(o ->> 'cancelledAt')
    END AS cancelled_at,
    reject_reason
FROM line_items
ORDER BY CAST(line_id AS BIGINT)
