\set a random(1, 2064)
\set amt random(1, 50)
SELECT bench_credit(gen_random_uuid()::text, :a::int, :amt::bigint);
