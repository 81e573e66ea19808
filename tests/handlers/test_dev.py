import random, time, re, collections, os
import pytest
from tests.handlers.test_traces import pulls, pytestmark, natural, differences
from tests.handlers.traces.replay import Order, Step, _steps


async def test_dev(pulls):
    n = len(pulls.events)
    for i, e in enumerate(pulls.events):
        print(i, e.words.replace("\n", " ")[:110])
    wanted = await pulls.replay.run(natural(pulls.events))
    print(
        "LIVE vs NATURAL\n",
        "\n".join(
            l
            for l in differences(pulls.live, wanted).splitlines()
            if "guid" not in l and "body:" not in l and "deliveries" not in l
        ),
    )
    seen = collections.Counter()
    for seed in range(int(os.environ.get("SEEDS", "6"))):
        r = random.Random(seed)
        perm = list(range(n))
        r.shuffle(perm)
        again = [(r.randrange(n), r.randrange(n)) for _ in range(r.randrange(6))]
        pauses = frozenset(r.randrange(n) for _ in range(r.randrange(8)))
        o = Order(_steps(pulls.events, perm, again, pauses), r.randrange(5), pulls.events)
        t = time.monotonic()
        try:
            found = await pulls.replay.run(o)
        except Exception as e:
            print("SEED", seed, "RAISED", repr(e)[:300])
            continue
        d = differences(wanted, found)
        print("SEED", seed, round(time.monotonic() - t, 2), "OK" if not d else "")
        if d and seed in [int(x) for x in os.environ.get("SHOW", "0").split(",") if x]:
            print(o)
            print(d[:6000])
        for table in sorted({*wanted, *found}):
            w, f = wanted.get(table, ()), found.get(table, ())
            for row in w:
                if row not in f:
                    near = max(f, key=lambda x: len(set(row) & set(x)), default=())
                    for c, v in row:
                        if (c, v) not in near:
                            seen[f"{table}.{c}"] += 1
            if len(w) != len(f):
                seen[f"{table} count {len(f) - len(w)}"] += 1
    for k, v in seen.most_common():
        print(v, k)
