-- Runs with 50 metrics, 10 parameters and 5 tags each, in an experiment of their own
insert into experiments (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time, workspace)
  values (1000, 'filled', 'mlflow-artifacts:/1000', 'active', 1, 1, 'default');
insert into runs (run_uuid, name, source_type, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri, experiment_id)
  select md5(n::text), 'filled ' || n, 'UNKNOWN', 'somebody', 'FINISHED', n, n + 1, 'active',
    'mlflow-artifacts:/1000/' || md5(n::text) || '/artifacts', 1000
  from generate_series(1, :runs) n;
insert into metrics (run_uuid, key, value, timestamp, step, is_nan)
  select md5(n::text), 'loss', 1 / (n + step)::float8, n, step, false
  from generate_series(1, :runs) n, generate_series(1, 50) step;
insert into latest_metrics (run_uuid, key, value, timestamp, step, is_nan)
  select md5(n::text), 'loss', 1 / (n + 50)::float8, n, 50, false from generate_series(1, :runs) n;
insert into params (run_uuid, key, value)
  select md5(n::text), 'p' || p, n::text from generate_series(1, :runs) n, generate_series(1, 10) p;
insert into tags (run_uuid, key, value)
  select md5(n::text), 't' || t, n::text from generate_series(1, :runs) n, generate_series(1, 5) t;
analyze;
