"""Tables for office programs: cells that such a program would run are written as text."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import StreamingHttpResponse

_RUN = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Line:
    """What csv writes to: gives each line back."""

    def write(self, line: str) -> str:
        return line


def safe(value: Any) -> str:
    """A cell that no office program takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_RUN) else text


def csv_lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Lines of a CSV file that Excel reads as UTF-8, too."""
    writer = csv.writer(_Line())
    yield "\ufeff"
    for row in rows:
        yield str(writer.writerow([safe(value) for value in row]))


def csv_response(rows: Iterable[Iterable[Any]], *, name: str) -> StreamingHttpResponse:
    """The rows as a file to keep, written as it is read."""
    response = StreamingHttpResponse(csv_lines(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
