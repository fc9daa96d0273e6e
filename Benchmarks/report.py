"""Medians, ratios, a Markdown table for each scenario, and a plot of the ratios."""

import platform
import statistics

import peers
import plot
import resp
import small_rooms
from tables import failure, rows, spread


def figures(results, limit, name):
    """The good rounds of one server, each with its ratio to the limit of the same round."""
    rounds = []
    for own, reference in zip(results[name], results.get(limit, results[name])):
        if "failure" in own or "failure" in reference or not reference["cpu_us"]:
            continue
        rounds.append({**own, "ratio": own["cpu_us"] / reference["cpu_us"]})
    return rounds


def broadcasts(scenario, results):
    lines = []
    for name in results:
        rounds = figures(results, scenario.limit, name)
        if not rounds:
            lines.append([name, failure(results[name])] + [""] * 7)
            continue

        def median(key):
            return statistics.median(one[key] for one in rounds)
        lines.append([
            name, spread([one["ratio"] for one in rounds]), spread([one["cpu_us"] for one in rounds]),
            f"{median('user_us'):.2f}", f"{median('per_second'):,.0f}", f"{median('p50_ms'):.1f}",
            f"{median('p99_ms'):.1f}", f"{sum(one['lost'] for one in rounds):.0f}",
            f"{sum(one['reordered'] for one in rounds):.0f}"])
    heads = ["server", "CPU / limit's", "µs CPU a delivery", "of it user", "deliveries/s", "p50 ms", "p99 ms", "lost",
             "out of order"]
    loads = [one["load_cpu_us"] for rounds in results.values() for one in rounds if "load_cpu_us" in one]
    cost = f"The load generator itself: {statistics.median(loads):.2f} µs CPU a delivery." if loads else ""
    return f"## {scenario.name}\n\nThe limit: {scenario.limit}. {scenario.note}\n\n{rows(heads, lines)}\n\n{cost}"


def joins(scenario, results):
    lines = []
    for name, rounds in results.items():
        good = [one for one in rounds if "failure" not in one]
        lines.append(
            [name, spread([one["joins_per_second"] for one in good], 0), spread([one["join_cpu_us"] for one in good], 0)]
            if good else [name, failure(rounds), ""])
    return f"## Joins {scenario.name}\n\n" + rows(["server", "joins/s", "µs CPU a join"], lines)


def catching_up(rounds, options):
    good = [one for one in rounds if "failure" not in one]
    if not good:
        return f"## Catching up\n\n{failure(rounds)}"
    return (
        f"## Catching up\n\n{options.subscribers} clients of one server, cut off from Redis for a second, while 100 messages a "
        "second are said on another. From the link's return to the last message that had waited for it (the wait before the "
        f"next attempt to connect, a second at most, included): {spread([one['caught_up_ms'] for one in good], 0)} ms. "
        f"Lost: {sum(one['lost'] for one in good):.0f}, out of order: {sum(one['reordered'] for one in good):.0f}.")


def idle(servers, options):
    lines = [
        [name, failure([one]), ""] if "failure" in one
        else [name, f"{one['memory_per_connection']:,.0f}", f"{one['cpu_share'] * 100:.1f} %"]
        for name, one in servers.items()]
    return (
        f"## {options.idle:,} idle connections\n\nThe chat's are members of 1,000 rooms.\n\n"
        + rows(["server", "bytes of memory a connection", "CPU share"], lines))


def write(folder, results, scenarios, join_scenarios, small, caught, idling, commands, options):
    folder.mkdir(parents=True, exist_ok=True)
    parts = [
        "# Benchmarks",
        f"{options.subscribers} subscribers, 128 bytes a message, {options.rounds} interleaved rounds of {options.ms} ms "
        "each; medians, with minimum and maximum. Servers have one thread for their connections. CPU is the server's, user "
        "and system, by the operating system's count. One publisher where nothing else is said; window: so many of its "
        f"messages are under way. {platform.system()} {platform.release()}, {platform.machine()}.",
        "![CPU per delivery, as a multiple of the limit's](results.svg)"]
    parts += [broadcasts(one, results[one.name]) for one in scenarios]
    if small:
        parts.append(small_rooms.section(small))
    parts += [joins(one, results[one.name]) for one in join_scenarios]
    if caught:
        parts.append(catching_up(caught, options))
    if idling:
        parts.append(idle(idling, options))
    if commands:
        parts += resp.sections(commands)
    (folder / "results.md").write_text("\n\n".join(parts) + "\n")
    ratios = {
        one.name: {
            name: statistics.median(good["ratio"] for good in figures(results[one.name], one.limit, name))
            for name in results[one.name] if figures(results[one.name], one.limit, name)}
        for one in scenarios}
    (folder / "results.svg").write_text(plot.bars(ratios, ours=[peers.OURS] + [one.name for one in peers.CHATS]))
