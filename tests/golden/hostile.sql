-- A snapshot made by hand, the tables of which the test has made. Names are
-- what a hostile program could choose.
INSERT INTO meta(key, value) VALUES
 ('tool', 'mapscope 0.1.0'), ('level', 'maps'), ('redaction', 'basic'),
 ('kind', 'live'), ('pid', 4711), ('exe', '/srv/<b>bin</b>/app`x`|y'),
 ('go', 'go1.26.8'), ('experiments', ''), ('module', 'example.org/app'),
 ('arch', 'amd64'), ('map_impl', 'swiss'), ('build_id', 'c0ffee'),
 ('dwarf', 'yes'), ('freeze', 'copy'), ('time_ns', 1767323045006000000),
 ('mono_ns', 1000), ('stop_ns', 12000000), ('copied_bytes', 1048576),
 ('unreadable_bytes', 4096), ('complete', 0), ('rss', 52428800),
 ('retained', 1), ('written_ns', 1767323046000000000);
INSERT INTO warning(text) VALUES ('stopped at <i>1s</i>' || char(27) || '[2J |x| `y`');

INSERT INTO stat(name, value) VALUES
 ('maps', 8),
 ('map_owners', 8),
 ('std_maps', 1),
 ('nil_maps', 2),
 ('entries', 2016),
 ('slots', 40992),
 ('storage_bytes', 700000),
 ('waste_bytes', 600000),
 ('tombstones', 4593),
 ('growing', 0),
 ('old_bytes', 0),
 ('writing', 0),
 ('torn', 0),
 ('heap_live_bytes', 2000000),
 ('heap_objects', 3000),
 ('heap_garbage_bytes', 500000),
 ('heap_alloc', 2500000),
 ('heap_inuse', 3000000),
 ('heap_idle', 1000000),
 ('heap_released', 800000),
 ('heap_sys', 4000000),
 ('next_gc', 4194304),
 ('num_gc', 9),
 ('last_pause_ns', 45000),
 ('last_gc_ns', 1767323000000000000),
 ('stack_inuse', 65536),
 ('mallocs', 100000),
 ('frees', 97000),
 ('total_alloc', 90000000),
 ('sys', 9000000),
 ('stack_sys', 65536),
 ('pause_total_ns', 400000),
 ('num_forced_gc', 0),
 ('mspan_sys', 16384),
 ('mcache_sys', 9600),
 ('gc_sys', 300000),
 ('gogc', 100),
 ('memory_limit', 9223372036854775807),
 ('goroutines', 5),
 ('user_goroutines', 2),
 ('threads', 4),
 ('rss', 52428800),
 ('runtime_heap_objects', 3500),
 ('runtime_goroutines', 2),
 ('gc_phase', 'off');

INSERT INTO type(id, name, size, key, elem, objects, bytes, retained_bytes,
 retained_exact) VALUES
 (1, 'map[string]*main.T', 48, 2, 3, 7, 336, 500000, 1),
 (2, 'string', 16, NULL, NULL, 100, 1600, 1600, 1),
 (3, '*main.T[<go.shape.string>|`x`]', 8, NULL, NULL, NULL, NULL, NULL, NULL);

INSERT INTO owner(id, name, package, std, type, maps, entries, slots,
 storage_bytes, waste_bytes, retained_bytes, retained_exact, tombstones,
 old_bytes, chain, severity, flags) VALUES
 (0, 'main.cache', 'main', 0, 1, 1, 16, 32768, 591152, 524032, 595248, 1, 4593, 0, 3, 2, 'ST......'),
 (1, 'main.<script>alert(1)</script>', 'main', 0, 1, 1, 100, 256, 8000, 3000, 140000, 1, 0, 0, 1, 0, '........'),
 (2, 'main.a|b`c' || char(10) || '# own heading' || char(10) || '| own | table |', 'main', 0, 1, 1, 200, 512, 16000, 6000, 120000, 1, 0, 0, 1, 0, '........'),
 (3, '=HYPERLINK("http://x.y","z")', 'main', 0, 1, 1, 300, 768, 24000, 9000, 100000, 1, 0, 0, 1, 0, '........'),
 (4, char(27) || ']0;title' || char(7) || char(27) || '[31mmain.red' || char(27) || '[0m' || char(8238) || 'gnp.exe', 'main', 0, 1, 1, 400, 1024, 32000, 12000, 80000, 1, 0, 0, 1, 0, '........'),
 (5, '@someone #1 https://x.y [x](javascript:alert(1)) <img src=x onerror=y>', 'main', 0, 1, 1, 500, 1280, 40000, 15000, 60000, 0, 0, 0, 1, 0, '........'),
 (6, 'net/http.cache', 'net/http', 1, 1, 1, 600, 1536, 48000, 18000, 40000, 1, 0, 0, 1, 0, '........'),
 (7, 'main."quoted" \ ''single'' &lt; %s%n', 'main', 0, 1, 1, 700, 1792, 56000, 21000, 20000, 1, 0, 0, 1, 0, '........');

INSERT INTO shape(id, swiss, typed, count, live, slots, storage_bytes, waste_bytes, tombstones, old_bytes, severity, b, tables, chain_max, chain_p99, chain_at, slot_bytes, unit_bytes, buckets, overflow_buckets, noverflow, old_buckets, evacuated, same_size_grow, writing, iterators, directory, global_depth, groups, full_groups, growth_left, load, load_max, chain_mean, 
 chain_metric, histogram, occupancy, hit_max, hit_p99, hit_at, hit_mean, hit_histogram) VALUES
 (0, 1, 1, 16, 16, 32768, 591152, 524032, 4593, 0, 2, 0, 32, 5, 3, 0, 24, 200, 0, 0, 0, 0, 0, 0, 0, 0, 32, 5, 4096, 575, 24063, 0.00048828125, 0.875, 1.1796875, 'miss_groups', '[3521,433,124,16,2]', x'80FF0040', 2, 1, 7, 1.0625, '[15,1]'),
 (1, 1, 1, 100, 100, 256, 8000, 3000, 0, 0, 0, 0, 1, 2, 1, 0, 24, 200, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 32, 0, 0, 0.390625, 0.875, 1.125, 'miss_groups', '[10,2]', x'80FF0040', NULL, NULL, NULL, NULL, NULL),
 (2, 1, 1, 200, 200, 512, 16000, 6000, 0, 0, 0, 0, 1, 2, 1, 0, 24, 200, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 64, 0, 0, 0.390625, 0.875, 1.125, 'miss_groups', '[10,2]', x'80FF0040', NULL, NULL, NULL, NULL, NULL),
 (3, 1, 1, 300, 300, 768, 24000, 9000, 0, 0, 0, 0, 1, 2, 1, 0, 24, 200, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 96, 0, 0, 0.390625, 0.875, 1.125, 'miss_groups', '[10,2]', x'80FF0040', NULL, NULL, NULL, NULL, NULL),
 (4, 1, 1, 400, 400, 1024, 32000, 12000, 0, 0, 0, 0, 1, 2, 1, 0, 24, 200, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 128, 0, 0, 0.390625, 0.875, 1.125, 'miss_groups', '[10,2]', x'80FF0040', NULL, NULL, NULL, NULL, NULL),
 (5, 1, 1, 500, 500, 1280, 40000, 15000, 0, 0, 0, 0, 1, 2, 1, 0, 24, 200, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 160, 0, 0, 0.390625, 0.875, 1.125, 'miss_groups', '[10,2]', x'80FF0040', NULL, NULL, NULL, NULL, NULL),
 (6, 1, 1, 600, 600, 1536, 48000, 18000, 0, 0, 0, 0, 1, 2, 1, 0, 24, 200, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 192, 0, 0, 0.390625, 0.875, 1.125, 'miss_groups', '[10,2]', x'80FF0040', NULL, NULL, NULL, NULL, NULL),
 (7, 1, 1, 700, 700, 1792, 56000, 21000, 0, 0, 0, 0, 1, 2, 1, 0, 24, 200, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 224, 0, 0, 0.390625, 0.875, 1.125, 'miss_groups', '[10,2]', x'80FF0040', NULL, NULL, NULL, NULL, NULL);

INSERT INTO path(id, root, goroutine, steps) VALUES
 (0, 'global', NULL, '["main.cache"]'),
 (1, 'stack', 7, '["main.<script>alert(1)</script>", "[]", ".x`|"]');

INSERT INTO map(id, addr, type, owner, shape, path, parent, retained_bytes,
 retained_exact, holders, flags, root, reachable, object) VALUES
 (0, 824633786368, 1, 0, 0, 0, NULL, 595248, 1, 1, 3, 0, 1, 1),
 (1, 824633786432, 1, 1, 1, 1, NULL, 140000, 1, 1, 0, 0, 1, 1),
 (2, 824633786496, 1, 2, 2, 0, NULL, 120000, 1, 1, 0, 0, 1, 1),
 (3, 824633786560, 1, 3, 3, 0, NULL, 100000, 1, 1, 0, 0, 1, 1),
 (4, 824633786624, 1, 4, 4, 0, NULL, 80000, 1, 1, 0, 0, 1, 1),
 (5, 824633786688, 1, 5, 5, 0, NULL, 60000, 0, 1, 0, 0, 1, 1),
 (6, 824633786752, 1, 6, 6, 0, NULL, 40000, 1, 1, 4096, 0, 1, 1),
 (7, 824633786816, 1, 7, 7, 0, NULL, 20000, 1, 1, 0, 0, 1, 1);

INSERT INTO function(id, name, file) VALUES
 (0, 'main.<b>serve</b>', '/srv/<b>x</b>.go'),
 (1, 'runtime.gopark', '/usr/local/go/src/runtime/proc.go'),
 (2, 'main.(*T).run|`', '/srv/a|b.go');

INSERT INTO goroutine(id, goid, status, wait_reason, wait_ns, thread, parent,
 start_pc, start, start_line, created_pc, created_by, created_line, system,
 incomplete, addr, stack_lo, stack_hi) VALUES
 (0, 1, 'waiting', 'chan receive', 5000000000, NULL, NULL, 4100, 0, 10, NULL,
  NULL, NULL, 0, 0, 824633721000, 824633730000, 824633740000),
 (1, 7, 'running', '', NULL, 4712, 1, 4200, 2, 20, 4300, 0, 12, 0, 0,
  824633722000, 824633750000, 824633760000);
INSERT INTO frame(goroutine, number, pc, sp, cfa, function, line, inlined)
 VALUES
 (0, 0, 4000, 824633730100, 824633730200, 1, 400, 0),
 (0, 1, 4110, 824633730200, 824633730300, 0, 11, 0),
 (1, 0, 4210, 824633750100, 824633750200, 2, 21, 0),
 (1, 1, 4110, 824633750200, 824633750300, 0, 11, 0);
INSERT INTO goroutine_map(goroutine, map) VALUES (1, 1);

INSERT INTO finding(id, rule, severity, bytes, title, owner, evidence, why, action,
 verb, addr, map) VALUES
 (0, 'sparse', 2, 524032, 'main.cache 0% full, 14% tombstones, cannot shrink',
  'main.cache', '16 entries in 32768 slots', 'Go never shrinks a map ' ||
  '(golang/go#20135).', 'copy the live entries', 'rebuild', 824633786368, 0),
 (1, 'share', 1, 140000, 'main.<script>alert(1)</script> retains 7% of the '
  || 'live heap | x', 'main.<script>alert(1)</script>', '`|`', '<b>why</b> @all',
  '*do* | this', 'review', 824633786432, 1);

INSERT INTO meta(key, value) VALUES
 ('uptime_ns', 93784000000000), ('memory_limit', 536870912),
 ('memory_used', 402653184), ('ns_pid', 1), ('hostname', '<b>host</b>');
INSERT INTO suspect_path(map, number, root, goroutine, steps, merged, strong)
 VALUES
 (0, 0, 'global', NULL, '["main.cache"]', 1, 1),
 (0, 1, 'stack', 7, '["main.(*T).run.`x`", "[]", ".<i>|"]', 12, 1),
 (0, 2, 'finalizer', NULL, '["(finalizer)", "@all"]', 1, 0);
INSERT INTO allocation(map, number, function, file, line, objects, sampled)
 VALUES
 (0, 0, 'main.<b>load</b>', '/home/user/secret/`|`.go', 12, 31, 33),
 (0, 1, 'net/http.(*conn).serve', '/usr/local/go/src/net/http/server.go', 2000,
  2, 33);
