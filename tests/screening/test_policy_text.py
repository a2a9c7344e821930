"""What a package says is what decides: texts from the catalogue, the drawing and the table."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils.translation import override

from cases import catalogue
from common import clock
from rules.read import read
from screening import policy_text, policy_words
from tests.factories.policies import set_standard

pytestmark = pytest.mark.django_db(transaction=True)


def section(code: str, key: str, on: date | None = None) -> dict:
    package = catalogue.matter(code)
    found = policy_text.sections(package, on or clock.today(), policy_text.organisations())
    return next(row for row in found if row["key"] == key)


def items(code: str, key: str, on: date | None = None) -> list[dict[str, str]]:
    return [item for group in section(code, key, on)["groups"] for item in group["items"]]


def test_every_matter_has_every_section_filled(county):
    for package in catalogue.matters():
        found = policy_text.sections(package, clock.today(), policy_text.organisations())

        assert [row["key"] for row in found] == list(policy_text.SECTIONS)
        # a table may count with no parameter at all
        assert [row["key"] for row in found if not row["groups"] and row["key"] != "figures"] == []


def test_every_row_of_every_table_is_told_once_with_its_article(county):
    for package in catalogue.matters():
        model = read(package.tables["eligibility"].encode())
        rules = model.decisions["eligibility"].logic.rules

        told = items(package.code, "conditions")

        assert sorted(row["text"] for row in told) == sorted(rule.description for rule in rules)
        assert sorted(row["basis"] for row in told) == sorted(
            rule.notes["article"] for rule in rules
        )


def test_todays_parameters_stand_in_the_words(county):
    notes = {row["text"]: row["note"] for row in items("min_living", "conditions")}

    assert notes["家庭人均月收入低于低保标准，财产符合规定，符合低保条件，按差额补足。"] == (
        "人均月收入低于 1,100 元/月；金额：(1,100 − 人均月收入) × 家庭人口（元/月）"
    )
    assert notes["家庭金融资产超过规定。"] == "家庭金融资产超过 39,600 元 × 家庭人口"
    # 2 times the standard, and never above the minimum wage
    assert "人均月收入不超过 2,180 元/月" in notes.values()
    sums = [row["note"] for row in items("child_support", "conditions")]
    assert "金额：1,540 元/月" in sums
    assert "金额：1,540 − 已领基本生活（元/月）" in sums


def test_a_new_standard_is_told_from_its_first_day(county, tmp_path):
    day = clock.today() + timedelta(days=3)

    set_standard(tmp_path, 1200, since=day)

    def said(on: date) -> str:
        return " ".join(row["note"] for row in items("min_living", "conditions", on))

    assert "低于 1,100 元/月" in said(day - timedelta(days=1))
    assert "低于 1,200 元/月" in said(day)
    assert "1,100" not in said(day)
    assert "低保标准（元/月）：1,200" in [
        row["text"] for row in items("min_living", "figures", day)
    ]


def test_the_procedure_is_the_drawing(county):
    steps = [(row["text"], row["note"]) for row in items("disabled_care", "procedure")]

    assert steps == [
        ("提出申请", "到任一乡镇（街道）便民服务中心，一次受理，各部门同时办"),
        ("受理并核对证件", "乡镇（街道）经办，5 个工作日"),
        ("提出审核意见", "县残联经办，5 个工作日"),
        ("困难身份和儿童保障办结", "同时申请了的，等它办结再往下办"),
        ("作出审定", "县民政局审批，5 个工作日"),
    ]


def test_papers_on_record_are_not_asked_for(county):
    groups = {group["title"]: group["items"] for group in section("min_living", "papers")["groups"]}

    held = [row["text"] for row in groups["登记里已有的不用带，查不到时再请您提供"]]
    assert held == ["居民身份证", "户口簿", "残疾人证"]
    assert [row["text"] for row in groups["有就带上，没有也先受理"]] == [
        "收入证明",
        "病历和诊断证明",
    ]


def test_english_readers_get_the_tables_own_english_and_a_version_stays_chinese(county):
    with override("en"):
        told = items("min_living", "conditions")
        kept = policy_text.kept(catalogue.matter("min_living"), clock.today())

    assert told[0]["text"].isascii()
    assert "less than 1,100 yuan a month" in told[0]["note"]
    assert kept == policy_text.kept(catalogue.matter("min_living"), clock.today())


TABLE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="m"
 namespace="urn:m"><decision id="d" name="d"><variable id="v" name="d"/>
 <decisionTable id="t" hitPolicy="FIRST">
 <input id="i"><inputExpression id="e" typeRef="number"><text>pci</text></inputExpression></input>
 <output id="o" name="result" typeRef="string"/>
 <rule id="r"><inputEntry id="c"><text>{cell}</text></inputEntry>
 <outputEntry id="oe"><text>"eligible"</text></outputEntry></rule>
 </decisionTable></decision></definitions>"""


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("&lt; S", ["人均月收入低于 100 元/月"]),
        ("&lt;= (S + 20) / 2", ["人均月收入不超过 60 元/月"]),
        ("[S..2 * S]", ["人均月收入在 100 元/月至 200 元/月之间"]),
        ("&gt;= max(S, 150)", ["人均月收入达到 150 元/月"]),
        ("&gt; S * (assets - homes)", ["人均月收入超过 100 元/月 × (家庭金融资产 − 住房套数)"]),
        ("&lt; S - (homes + 1)", ["人均月收入低于 100 − (住房套数 + 1)（元/月）"]),
        ("&lt; 500", []),  # what no parameter measures is in the row's own words
        ("not(&lt; S)", []),
    ],
)
def test_cells_in_words(cell, words):
    model = read(TABLE.format(cell=cell).encode())
    table = model.decisions["d"].logic

    found = policy_words.limits(model, table, table.rules[0], {"S": Decimal(100)})

    assert found == words
