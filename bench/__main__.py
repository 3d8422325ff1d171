"""Run the comparison and print ratios as Markdown, for docs/performance.md."""

from __future__ import annotations

import platform
import statistics
from collections.abc import Callable, Sequence

import click

from bench import measures, ssh, statements
from bench.targets import Target, targets
from tokengate.protocols.postgres.rows import ENGINE

PEER = "pgbouncer"


def interleaved(
    names: Sequence[str], found: dict[str, Target], rounds: int, measure: Callable[[Target], float | measures.Rate]
) -> dict[str, list[float | measures.Rate]]:
    """`rounds` measurements of each target, taken in turns."""
    results: dict[str, list[float | measures.Rate]] = {name: [] for name in names if name in found}
    for _ in range(rounds):
        for name in results:
            results[name].append(measure(found[name]))
    return results


def rates(title: str, results: dict[str, list[measures.Rate]], peer: str) -> None:
    """One line a target: throughput, its ratio to the peer's, latency and CPU a transaction (medians)."""
    base = statistics.median(rate.per_second for rate in results[peer])
    latency = statistics.median(rate.latency for rate in results[peer])
    for name, found in results.items():
        per_second = statistics.median(rate.per_second for rate in found)
        wait = statistics.median(rate.latency for rate in found)
        cpu = statistics.median(rate.cpu for rate in found)
        click.echo(
            f"| {title} | {name} | {per_second:,.0f}/s | {per_second / base:.2f} | {wait:.3f} ms "
            f"| {wait / latency:.2f} | {cpu:.1f} µs |"
        )


@click.command()
@click.option("--seconds", default=5.0, help="Length of one pgbench run.")
@click.option("--rounds", default=3, help="Runs of each target, interleaved; the median counts.")
@click.option("--only", default="statements,ssh,pgbench,rows,memory,connections", help="Which measurements.")
@click.option("--megabytes", default=1024, help="Size of the file that SSH carries.")
def main(seconds: float, rounds: int, only: str, megabytes: int) -> None:
    """Compare tokengate with direct connections, pgbouncer, haproxy and OpenSSH's ProxyJump on this machine."""
    wanted = set(only.split(","))
    if "statements" in wanted:
        click.echo("| statement | characters | facts | with lineage, masks, vetoes | seen before | other literals |")
        click.echo("|---|---|---|---|---|---|")
        for cost in statements.costs():
            times = (f"{value:,.1f} µs" for value in (cost.facts, cost.lineage, cost.hit, cost.template))
            click.echo(f"| {cost.name} | {cost.length:,} | {' | '.join(times)} |")
        click.echo("")
    if "ssh" in wanted:
        ssh.compare(rounds, megabytes, count=40)
    if wanted <= {"statements", "ssh"}:
        return
    with targets() as found:
        click.echo(f"{platform.machine()}, Python {platform.python_version()}, row engine: {ENGINE}\n")
        plain = ["direct", "pgbouncer", "haproxy", "tokengate-plain", "tokengate-masked"]
        if "pgbench" in wanted:
            click.echo("| pgbench -S | target | throughput | of pgbouncer | latency | of pgbouncer | proxy CPU |")
            click.echo("|---|---|---|---|---|---|---|")
            for mode in ("simple", "prepared"):
                for clients in (1, 8, 32):
                    run = interleaved(
                        plain, found, rounds, lambda t, m=mode, c=clients: measures.pgbench(t, m, c, seconds)
                    )
                    rates(f"{mode}, {clients}", run, PEER)
            secure = ["pgbouncer-tls", "tokengate-secure"]
            run = interleaved(secure, found, rounds, lambda t: measures.pgbench(t, "prepared", 8, seconds))
            rates("prepared, 8, TLS", run, "pgbouncer-tls")
            hits, misses = measures.understood(found["tokengate-masked"])
            click.echo(
                f"\nStatements from the cache: {hits:,} of {hits + misses:,} ({100 * hits / (hits + misses):.3f} %)"
            )
        if "rows" in wanted:
            measures.fill_million(found["direct"])
            names = ["direct", "haproxy", "pgbouncer", "tokengate-plain", "tokengate-masked", "tokengate-detected"]
            click.echo("\n| 1,000,000 rows | seconds | speed of direct | proxy CPU |\n|---|---|---|---|")
            results = interleaved(names, found, rounds, measures.rows)
            direct = statistics.median(took for took, _ in results["direct"])
            for name, runs in results.items():
                took, cpu = (statistics.median(values) for values in zip(*runs, strict=True))
                click.echo(f"| {name} | {took:.2f} | {direct / took:.2f} | {cpu:.2f} s |")
        if "connections" in wanted:
            click.echo("\n| log-ins | target | a second | of pgbouncer | latency | of pgbouncer | proxy CPU |")
            click.echo("|---|---|---|---|---|---|---|")
            names = ["pgbouncer", "tokengate-plain"]
            rates("plain", interleaved(names, found, rounds, lambda t: measures.connections(t, seconds)), PEER)
            names = ["pgbouncer-tls", "tokengate-secure"]
            run = interleaved(names, found, rounds, lambda t: measures.connections(t, seconds))
            rates("TLS and token", run, "pgbouncer-tls")
        if "memory" in wanted:
            click.echo("\n| idle session | memory |\n|---|---|")
            for name in ("pgbouncer", "haproxy", "tokengate-plain", "tokengate-masked"):
                click.echo(f"| {name} | {measures.idle_memory(found[name], 1000) / 1024:.1f} KiB |")


if __name__ == "__main__":
    main()
