"""Formats tables as text: for the terminal, where a pipe gets every row whole, and in Markdown."""

from collections.abc import Sequence


def terminal(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return columns padded to their widest cell, numbers aligned right and words left.

    >>> print(terminal(["name", "ms"], [["a", 1.5], ["bcd", 12]]))
    name   ms
    a     1.5
    bcd    12
    """
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    right = [bool(rows) and all(_is_number(row[i]) for row in cells) for i in range(len(header))]
    lines = [
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        )
        for row in [list(header), *cells]
    ]
    return "\n".join(line.rstrip() for line in lines)


def markdown(header: Sequence[tuple[str, bool]], rows: Sequence[Sequence[str]]) -> str:
    r"""Return a table in Markdown; a column has a title, and whether it holds numbers.

    >>> print(markdown([("name", False), ("ms", True)], [["a | b", "1.5"]]))
    | name | ms |
    | --- | ---: |
    | a \| b | 1.5 |
    """
    cells = [[" ".join(cell.split()).replace("|", "\\|") for cell in row] for row in rows]
    lines = [[title for title, _ in header], ["---:" if is_number else "---" for _, is_number in header], *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _is_number(cell: str) -> bool:
    digits = cell.removesuffix("%").replace(",", "").replace(".", "", 1).replace("-", "", 1).replace("e", "", 1)
    return cell in ("", "-") or digits.isdigit()
