"""How a file may look: encodings, newlines, headers, workbooks; what is refused as a whole."""

import tracemalloc
import zipfile
from datetime import date, datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from openpyxl import Workbook

from exchange.registers.files import open_table
from exchange.registers.problems import FileRefusedError, Problem
from households.models import Household, Person
from permissions.models import Division
from tests.exchange.conftest import HOUSEHOLD, as_csv, id_number, person, run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_and_newlines(home, load, encoding, newline):
    content = as_csv([person(1, name="雷㛃"), person(2, name="欧阳𬭎")])

    report = load("persons", content.replace("\n", newline).encode(encoding))

    assert report["created"] == 2
    assert set(Person.objects.values_list("name", flat=True)) == {"雷㛃", "欧阳𬭎"}


def test_chinese_headers_in_any_order_and_chinese_codes(county, load):
    report = load("家庭", "救助类别,住址,户号,区划代码\n低保,中山路,H7,331125001001\n")

    assert (report["kind"], report["created"]) == ("households", 1)
    assert Household.objects.get().category == "min_living"


def test_the_kind_is_known_by_the_header_where_the_name_says_nothing(home, tmp_path):
    path = tmp_path / "export (3).csv"
    path.write_text(as_csv([person(1)]))

    code, reports = run(path)

    assert (code, reports[0]["kind"]) == (0, "persons")


def test_a_folder_is_loaded_in_the_order_of_dependence(transactional_db, tmp_path):
    (tmp_path / "persons.csv").write_text(as_csv([person(1)]))
    (tmp_path / "households.csv").write_text(as_csv([HOUSEHOLD]))
    (tmp_path / "divisions.csv").write_text("code,name\n331125001001,中山社区\n")
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")

    code, reports = run(tmp_path)

    assert code == 0
    assert [r["kind"] for r in reports] == ["divisions", "households", "persons"]
    assert Division.objects.get().level == "village"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"household_no,category\nH8,none\n",
        b"household_no,household_no,division_code,category\nH8,H8,331125001001,none\n",
        "household_no,division_code,category\nH8,331125001001,none\n".encode("utf-16"),
        b"household_no,division_code,category\nH8,331125001001,\xff\xff\n",
        "household_no,division_code,category,address\nH8,331125001001,none,云和县中山社区".encode()[:-1]
        + b"\n",
        b"\xd0\xcf\x11\xe0 old workbook",
        b"PK\x03\x04 no workbook",
        b"household_no,division_code,category" + b",x" * 400 + b"\n",
        b"household_no,division_code,category" + b",x" * 1_000_000 + b"\n",
    ],
)  # fmt: skip
def test_a_file_is_refused_as_a_whole_and_nothing_else_is_loaded(home, tmp_path, content):
    (tmp_path / "households.csv").write_bytes(content)
    (tmp_path / "persons.csv").write_text(as_csv([person(1)]))

    code, reports = run(tmp_path / "persons.csv", tmp_path / "households.csv")

    assert (code, reports) == (2, [])
    assert not Person.objects.exists()


def test_no_such_file(tmp_path):
    assert run(tmp_path / "persons.csv")[0] == 2


def test_a_row_with_a_million_cells_or_an_endless_cell_is_one_reject(home, load):
    good = as_csv([person(1)])
    wide = "P2," + "x," * 1_000_000 + "\n"
    long = f"P3,{'x' * 3_000_000}\n"
    more = good.splitlines()[1].replace("P1", "P4").replace(id_number(1), id_number(4))

    report = load("persons", good + wide + long + more + ",extra,cells\n" + more + "\n")

    assert [(p["row"], p["code"]) for p in report["rejects"]] == [
        (3, "too-long"), (4, "too-long"), (5, "too-long"),
    ]  # fmt: skip
    assert (report["rows"], report["created"]) == (5, 2)


def test_an_open_quotation_mark_costs_its_row_only(home, load):
    rows = [person(n) for n in range(1, 60)]
    lines = as_csv(rows).splitlines()
    lines[3] = '"' + lines[3]

    report = load("persons", "\n".join(lines) + "\n")

    assert [(p["row"], p["code"]) for p in report["rejects"]] == [(4, "too-long")]
    assert report["created"] == 58


def test_a_line_break_in_a_cell_is_named(home, load):
    report = load("persons", [person(1), person(2, name="张\n三"), person(3)])

    assert [(p["row"], p["code"]) for p in report["rejects"]] == [(3, "control-character")]
    assert report["created"] == 2


def test_memory_does_not_grow_with_the_file(tmp_path):
    path = tmp_path / "readings.csv"
    with path.open("w") as file:
        file.write("household_no,kind,month,amount\n")
        file.writelines(f"H{n},water,2026-09,3.5\n" for n in range(200_000))

    tracemalloc.start()
    count = sum(1 for _row in open_table(path).rows())
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 200_000
    assert peak < 5_000_000


def workbook(path, rows, *more_rows):
    book = Workbook()
    for row in [*rows, *more_rows]:
        book.active.append(row)
    book.create_sheet("second").append(["not", "looked", "at"])
    book.save(path)
    return path


def test_the_first_sheet_of_a_workbook(home, tmp_path):
    header = ["人员编号", "身份证号", "姓名", "户号", "与户主关系", "死亡日期", "月收入"]
    path = workbook(
        tmp_path / "persons.xlsx",
        [header, [1001, id_number(1), "张三", "H1", "户主", date(2026, 5, 1), 1200.5], [],
         [1002, id_number(2), "李四", "H1", "配偶", datetime(2026, 5, 2), 0],  # noqa: DTZ001
         [1003, int(id_number(5)[:17] + "0"), "王五", "H1", "子女", None, None],
         [1004, id_number(6), "=A1&B1", "H1", "子女", None, None]],
    )  # fmt: skip

    code, (report,) = run(path)

    assert code == 1
    assert [(p["row"], p["column"], p["code"]) for p in report["rejects"]] == [
        (5, "id_number", "excel-damaged"), (6, "name", "formula"),
    ]  # fmt: skip
    assert [str(p.died_on) for p in Person.objects.order_by("person_no")] == [
        "2026-05-01", "2026-05-02",
    ]  # fmt: skip


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = workbook(tmp_path / "persons.xlsx", [["a"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b"0" * 300_000_000)

    with pytest.raises(FileRefusedError) as caught:
        open_table(path)

    assert caught.value.code == "too-large"


def test_entities_in_a_workbook_are_refused(tmp_path):
    path = tmp_path / "persons.xlsx"
    good = workbook(tmp_path / "good.xlsx", [["a"]])
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(path, "w") as target:
        for part in source.infolist():
            content = source.read(part)
            if part.filename.endswith("sheet1.xml"):
                content = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + content
            target.writestr(part.filename, content)

    with pytest.raises(FileRefusedError):
        open_table(path)


def test_rows_are_numbered_as_a_spreadsheet_counts_them(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('a,b\n\n1,2\n,\n3,"4\n5,6\n')

    table = open_table(path)
    rows = list(table.rows())

    assert rows[0] == (3, ["1", "2"])
    assert [row.row if isinstance(row, Problem) else row[0] for row in rows] == [3, 5, 6]
    assert rows[2] == (6, ["5", "6"])


@pytest.mark.parametrize(
    ("command", "arguments"), [("import_register", ["x.csv"]), ("load_sample", [])]
)
def test_a_database_that_was_never_set_up_is_refused_in_words(command, arguments):
    said = StringIO()
    with connection.cursor() as cursor:
        cursor.execute("SET search_path TO pg_catalog")
    try:
        with pytest.raises(SystemExit) as stop:
            call_command(command, *arguments, stdout=StringIO(), stderr=said)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET search_path")

    assert stop.value.code == 2
    assert "make up" in said.getvalue()
