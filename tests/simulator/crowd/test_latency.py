from random import Random
from statistics import quantiles

from simulator.crowd.latency import GROWTH, Latencies


def test_quantiles_are_exact_to_a_bucket() -> None:
    random, latencies = Random(3), Latencies()
    seconds = [random.lognormvariate(-4, 1) for _ in range(5000)]
    for each in seconds:
        latencies.add("press", each)
    summary = latencies.summary()["press"]
    cuts = [1000 * each for each in quantiles(seconds, n=100)]
    for found, true in ((summary.p50, cuts[49]), (summary.p95, cuts[94]), (summary.p99, cuts[98])):
        assert true * 0.97 <= found <= true * GROWTH * 1.02
    assert summary.count == 5000
    assert summary.longest == round(1000 * max(seconds), 2)


def test_few_are_summed_up_too() -> None:
    latencies = Latencies()
    latencies.add("start", 0)
    latencies.add("pay", 0.25)
    summary = latencies.summary()
    assert (summary["pay"].p50, summary["pay"].p99, summary["pay"].longest) == (250, 250, 250)
    assert summary["start"].p99 < 0.01
