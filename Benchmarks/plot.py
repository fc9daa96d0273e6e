"""Bars, as SVG: for each scenario and server its ratio, on a logarithmic scale."""

import math

LEFT, WIDTH = 210, 560
LOWEST, HIGHEST = 0.25, 128


def place(ratio):
    """Where a ratio lies on the scale, in pixels."""
    bounded = max(LOWEST, min(HIGHEST, ratio))
    return LEFT + WIDTH * math.log2(bounded / LOWEST) / math.log2(HIGHEST / LOWEST)


def bars(ratios, ours):
    drawn, y = [], 44
    for scenario, servers in ratios.items():
        drawn.append(f'<text x="10" y="{y}" font-weight="bold">{scenario}</text>')
        y += 8
        for name, ratio in servers.items():
            colour = "#c33" if name in ours else "#69c"
            drawn.append(
                f'<text x="{LEFT - 6}" y="{y + 12}" text-anchor="end">{name}</text>'
                f'<rect x="{LEFT}" y="{y + 2}" width="{place(ratio) - LEFT:.1f}" height="12" fill="{colour}"/>'
                f'<text x="{place(ratio) + 5:.1f}" y="{y + 12}">{ratio:.2f}</text>')
            y += 17
        y += 22
    marks = [2.0 ** exponent for exponent in range(-2, 8)]
    grid = "".join(
        f'<line x1="{place(mark):.1f}" x2="{place(mark):.1f}" y1="24" y2="{y - 20}" '
        f'stroke="{"#888" if mark == 1 else "#ddd"}"/>'
        f'<text x="{place(mark):.1f}" y="18" text-anchor="middle" fill="#666">{mark:g}</text>'
        for mark in marks)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="860" height="{y}" font-family="sans-serif" font-size="11">'
        f'<rect width="100%" height="100%" fill="white"/>{grid}{"".join(drawn)}</svg>\n')
