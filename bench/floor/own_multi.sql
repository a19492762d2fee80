\set a random(1, 2064)
\set amt random(1, 50)
BEGIN;
UPDATE points_account SET balance = balance + (:amt)::bigint, version = version + 1, touched_at = greatest(clock_timestamp(), touched_at + interval '1 microsecond') WHERE id = (SELECT id FROM bench_account WHERE n = :a::int) RETURNING id AS account, balance AS balance, version AS version, touched_at AS at \gset
INSERT INTO points_operation(id, reason, reference, fingerprint, occurred_at, recorded_at) VALUES (gen_random_uuid(), 'bench', gen_random_uuid()::text, repeat('0', 64), (:at)::timestamptz, (:at)::timestamptz) ON CONFLICT (reason, reference) DO NOTHING RETURNING id AS operation \gset
INSERT INTO points_transfer(id, operation_id, leg, from_account_id, to_account_id, points, to_version, to_balance, recorded_at) VALUES (gen_random_uuid(), (:operation)::uuid, 0, (SELECT id FROM bench_account WHERE n = 0), (:account)::uuid, (:amt)::bigint, (:version)::bigint, (:balance)::bigint, (:at)::timestamptz) RETURNING id AS transfer \gset
INSERT INTO points_lot(transfer_id, account_id, points, remaining, granted_at) VALUES ((:transfer)::uuid, (:account)::uuid, (:amt)::bigint, (:amt)::bigint, (:at)::timestamptz);
COMMIT;
