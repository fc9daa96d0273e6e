"""Medians, ratios, a Markdown table for each scenario, and a plot of the ratios."""

import platform
import statistics


def figures(results, limit, name):
    """The good rounds of one server, each with its ratio to the limit of the same round."""
    rounds = []
    for own, reference in zip(results[name], results.get(limit, results[name])):
        if "failure" in own or "failure" in reference or not reference["cpu_us"]:
            continue
        rounds.append({**own, "ratio": own["cpu_us"] / reference["cpu_us"]})
    return rounds


def spread(values, digits=2):
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def table(results, limit):
    lines = [
        "| server | CPU / limit's | µs CPU a delivery | of it user | deliveries/s | p50 ms | p99 ms | lost | out of order |",
        "|---|---|---|---|---|---|---|---|---|"]
    for name in results:
        rounds = figures(results, limit, name)
        if not rounds:
            words = next((r["failure"] for r in results[name] if "failure" in r), "no figure")
            lines.append(f"| {name} | {words.splitlines()[0] if words else 'failed'} | | | | | | | |")
            continue

        def median(key):
            return statistics.median(r[key] for r in rounds)
        lines.append(
            f"| {name} | {spread([r['ratio'] for r in rounds])} | {spread([r['cpu_us'] for r in rounds])} "
            f"| {median('user_us'):.2f} | {median('per_second'):,.0f} | {median('p50_ms'):.1f} | {median('p99_ms'):.1f} "
            f"| {sum(r['lost'] for r in rounds):.0f} | {sum(r['reordered'] for r in rounds):.0f} |")
    return "\n".join(lines)


def write(folder, results, limits, idle, options):
    folder.mkdir(parents=True, exist_ok=True)
    parts = [
        "# Benchmarks",
        f"{options.subscribers} subscribers, one publisher, 128 bytes a message, {options.rounds} interleaved rounds of "
        f"{options.ms} ms each; medians, with minimum and maximum. Servers have one thread. CPU is the server's, user "
        "and system, by the operating system's count. "
        f"{platform.system()} {platform.release()}, {platform.machine()}."]
    for scenario, servers in results.items():
        parts.append(f"## {scenario}\n\nThe limit: {limits[scenario]}.\n\n" + table(servers, limits[scenario]))
        loads = [r["load_cpu_us"] for rounds in servers.values() for r in rounds if "load_cpu_us" in r]
        if loads:
            parts.append(f"The load generator itself: {statistics.median(loads):.2f} µs CPU a delivery.")
    if idle:
        lines = ["| server | bytes a connection | CPU share |", "|---|---|---|"]
        for name, one in idle.items():
            lines.append(
                f"| {name} | {one['failure'].splitlines()[0]} | |" if "failure" in one
                else f"| {name} | {one['memory_per_connection']:,.0f} | {one['cpu_share'] * 100:.1f} % |")
        parts.append(f"## {options.idle:,} idle connections\n\n" + "\n".join(lines))
    parts.append("![CPU per delivery, as a multiple of the limit's](results.svg)")
    (folder / "results.md").write_text("\n\n".join(parts) + "\n")
    (folder / "results.svg").write_text(plot(results, limits))


def plot(results, limits):
    """Bars, as SVG: for each scenario and server the median ratio, on a logarithmic scale from 0.5 to 64."""
    import math
    rows, y = [], 30
    left, width = 190, 560

    def place(ratio):
        return left + width * math.log2(max(0.5, min(64, ratio)) / 0.5) / 7
    for scenario, servers in results.items():
        rows.append(f'<text x="10" y="{y}" font-weight="bold">{scenario}</text>')
        y += 8
        for name in servers:
            rounds = figures(servers, limits[scenario], name)
            if not rounds:
                continue
            ratio = statistics.median(r["ratio"] for r in rounds)
            colour = "#c33" if name == "this library" else "#888" if name in limits.values() else "#69c"
            rows.append(
                f'<text x="{left - 6}" y="{y + 12}" text-anchor="end">{name}</text>'
                f'<rect x="{left}" y="{y + 2}" width="{place(ratio) - left:.1f}" height="12" fill="{colour}"/>'
                f'<text x="{place(ratio) + 5:.1f}" y="{y + 12}">{ratio:.2f}</text>')
            y += 17
        y += 22
    grid = "".join(
        f'<line x1="{place(2.0 ** n):.1f}" x2="{place(2.0 ** n):.1f}" y1="18" y2="{y - 20}" stroke="#ddd"/>'
        for n in range(0, 7))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="820" height="{y}" font-family="sans-serif" font-size="11">'
        f'<rect width="100%" height="100%" fill="white"/>{grid}{"".join(rows)}</svg>\n')
