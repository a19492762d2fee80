\set a random(1, 2064)
\set i 1
BEGIN;
INSERT INTO txn(idem, kind) VALUES (gen_random_uuid(), 2) RETURNING id \gset t_
UPDATE item SET stock = stock - 1 WHERE id = :i AND stock > 0 RETURNING price \gset p_
UPDATE account SET balance = balance - (:p_price)::bigint, version = version + 1 WHERE id = :a AND balance >= (:p_price)::bigint;
INSERT INTO entry VALUES (:t_id, 0, :a, -(:p_price)::bigint), (:t_id, 1, 0, :p_price);
INSERT INTO orders(txn_id, account_id, item_id, price) VALUES (:t_id, :a, :i, :p_price);
COMMIT;
