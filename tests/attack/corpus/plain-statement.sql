SELECT count(*), max(customer_id) FROM shop.crm.customer
SELECT * FROM shop.crm.customer
SELECT * FROM shop.orders.invoice
