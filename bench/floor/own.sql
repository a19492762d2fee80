-- What own_multi and own_func need in a filled database of this project: its accounts by number, and the credit as one function.
CREATE TABLE bench_account(n int PRIMARY KEY, id uuid NOT NULL);
INSERT INTO bench_account SELECT row_number() OVER (ORDER BY id), id FROM points_account WHERE kind = 'spendable';
INSERT INTO bench_account SELECT 0, id FROM points_account WHERE kind = 'issued' AND unit = 'points';
ANALYZE bench_account;

CREATE FUNCTION bench_credit(p_reference text, p_n int, p_points bigint) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE o uuid; t uuid := gen_random_uuid(); a uuid; b bigint; v bigint; at timestamptz;
BEGIN
  UPDATE points_account SET balance = balance + p_points, version = version + 1,
    touched_at = greatest(clock_timestamp(), touched_at + interval '1 microsecond')
    WHERE id = (SELECT id FROM bench_account WHERE n = p_n) RETURNING id, balance, version, touched_at INTO a, b, v, at;
  INSERT INTO points_operation(id, reason, reference, fingerprint, occurred_at, recorded_at)
    VALUES (gen_random_uuid(), 'bench', p_reference, repeat('0', 64), at, at)
    ON CONFLICT (reason, reference) DO NOTHING RETURNING id INTO o;
  INSERT INTO points_transfer(id, operation_id, leg, from_account_id, to_account_id, points, to_version, to_balance, recorded_at)
    VALUES (t, o, 0, (SELECT id FROM bench_account WHERE n = 0), a, p_points, v, b, at);
  INSERT INTO points_lot(transfer_id, account_id, points, remaining, granted_at) VALUES (t, a, p_points, p_points, at);
  RETURN o;
END $$;
