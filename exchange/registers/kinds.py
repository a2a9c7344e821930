"""The eight register files: their columns, in English and in Chinese (contract: files)."""

from dataclasses import dataclass, field
from functools import cache

from django.utils.translation import override

from exchange.registers.cells import (
    AMOUNT,
    DAY,
    DIVISION,
    FLAG,
    GRADE,
    ID_NUMBER,
    LOOSE_DIVISION,
    MONTH,
    NUMBER,
    PERSON_NAME,
    SIZE,
    WHOLE,
    CellType,
    code,
    key,
    text,
)
from households import codes
from permissions.models import Division, OrgUnit


@dataclass(frozen=True)
class Column:
    """A column of a file. to: its name in our table, where that differs."""

    name: str
    names: tuple[str, ...]
    type: CellType
    required: bool = False
    to: str = ""

    @property
    def target(self) -> str:
        return self.to or self.name


@dataclass(frozen=True)
class Kind:
    """A register file. any_of: at least one of these columns must say something."""

    name: str
    stems: tuple[str, ...]
    columns: tuple[Column, ...]
    any_of: tuple[str, ...] = ()
    by_header: dict[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = {n: c for c in self.columns for n in (c.name, *c.names)}
        object.__setattr__(self, "by_header", names)

    def match(self, header: list[str]) -> list[Column | None]:
        """The column behind each name of a header; None: not known."""
        return [self.by_header.get(name.strip().lower(), None) for name in header]

    def lacking(self, header: list[str]) -> list[str]:
        """Required columns that a header lacks."""
        there = {column.name for column in self.match(header) if column}
        lacking = [c.name for c in self.columns if c.required and c.name not in there]
        if self.any_of and not there.intersection(self.any_of):
            lacking.append(" / ".join(self.any_of))
        return lacking


def _c(name: str, names: str, kind: CellType, to: str = "") -> Column:
    """Shorthand: `name*` is required; Chinese names are separated by |."""
    return Column(name.rstrip("*"), tuple(names.split("|")), kind, name.endswith("*"), to)


@cache
def kinds() -> tuple[Kind, ...]:
    """In the order in which files depend on one another. Chinese names of codes count too."""
    with override("zh-hans"):
        return (
            _divisions(), _organisations(), _staff(), _households(), _persons(), _benefits(),
            _payments(), _readings(),
        )  # fmt: skip


def _divisions() -> Kind:
    return Kind("divisions", ("divisions", "区划"), (
        _c("code*", "区划代码|代码", DIVISION),
        _c("name*", "区划名称|名称", text(100)),
        _c("level", "级别", code(Division.Level.choices)),
    ))  # fmt: skip


def _organisations() -> Kind:
    return Kind("organisations", ("organisations", "机构"), (
        _c("code*", "机构代码|代码", key()),
        _c("name*", "机构名称|名称", text(100)),
        _c("kind", "机构类别|类别", code(OrgUnit.Kind.choices)),
        _c("parent", "上级机构", key()),
        _c("division_code", "区划代码", DIVISION),
    ))  # fmt: skip


def _staff() -> Kind:
    return Kind("staff", ("staff", "工作人员"), (
        _c("username*", "用户名", key(60)),
        _c("name*", "姓名", text(60)),
        _c("organisation*", "机构|机构代码|单位", key()),
        _c("roles*", "岗位|角色", text(300)),
        _c("division_code", "区划代码|负责区划", DIVISION),
        _c("phone", "电话|联系电话", text(30)),
        _c("id_number", "身份证号|身份证号码", ID_NUMBER),
    ))  # fmt: skip


def _households() -> Kind:
    return Kind("households", ("households", "家庭", "困难家庭"), (
        _c("household_no*", "户号|家庭编号", key()),
        _c("division_code*", "区划代码|村区划代码", DIVISION),
        _c("category*", "救助类别|家庭类别", code(codes.Category.choices)),
        _c("category_since", "认定日期", DAY),
        _c("low_income_farm", "低收入农户", FLAG),
        _c("review_class", "复核类别", code(codes.ReviewClass.choices)),
        _c("next_review_on", "下次复核日期", DAY),
        _c("address", "住址|家庭住址|地址", text(200)),
        _c("poverty_cause", "致困原因|主要致困原因", text(60)),
        _c("housing", "住房|住房情况", code(codes.Housing.choices)),
        _c("floor_area", "住房面积|面积", SIZE),
        _c("dwelling_grade", "房屋等级|危房等级", code(codes.DwellingGrade.choices)),
        _c("homes", "住房套数", WHOLE),
        _c("income_month", "月收入|家庭月收入", AMOUNT),
        _c("income_year", "年收入|家庭年收入", AMOUNT),
        _c("rigid_spending_year", "年刚性支出|刚性支出", AMOUNT),
        _c("assets", "金融资产", AMOUNT),
        _c("vehicles", "车辆数|车辆", WHOLE),
        _c("vehicles_value", "车辆价值", AMOUNT),
        _c("companies", "企业数|名下企业数", WHOLE),
        _c("electricity_account", "用电户号", key()),
        _c("water_account", "用水户号", key()),
        _c("gas_account", "用气户号", key()),
        _c("bank_account", "银行账号|一卡通账号", NUMBER),
    ))  # fmt: skip


def _persons() -> Kind:
    return Kind("persons", ("persons", "人员"), (
        _c("person_no*", "人员编号", key()),
        _c("id_number*", "身份证号|身份证号码|公民身份号码", ID_NUMBER),
        _c("name*", "姓名", PERSON_NAME),
        _c("household_no*", "户号|家庭编号", key()),
        _c("relation*", "与户主关系|关系", code(codes.Relation.choices)),
        _c("member_from", "加入日期", DAY),
        _c("member_to", "离开日期", DAY),
        _c("category", "救助类别|人员类别", code(codes.Category.choices)),
        _c("category_since", "认定日期", DAY),
        _c("guardian_no", "监护人编号", key()),
        _c("father_state", "父亲情况", code(codes.ParentState.choices)),
        _c("mother_state", "母亲情况", code(codes.ParentState.choices)),
        _c("obligor_state", "义务人情况|法定义务人情况", code(codes.ObligorState.choices)),
        _c("ethnicity", "民族", text(30)),
        _c("hukou_division", "户籍区划|户籍区划代码", LOOSE_DIVISION),
        _c("marital", "婚姻状况", text(30)),
        _c("education", "文化程度", text(30)),
        _c("employment", "就业状况", text(30)),
        _c("unemployed_since", "失业日期", DAY),
        _c("labour", "劳动能力", code(codes.Labour.choices)),
        _c("school_stage", "就学阶段", code(codes.SchoolStage.choices)),
        _c("income_month", "月收入", AMOUNT),
        _c("health", "健康状况", text(30)),
        _c("severe_illness", "重病", FLAG),
        _c("disability_category", "残疾类别", code(codes.DisabilityCategory.choices)),
        _c("disability_grade", "残疾等级", GRADE),
        _c("disability_from", "残疾证发证日期|残疾证起", DAY),
        _c("disability_to", "残疾证有效期至|残疾证止", DAY),
        _c("care_level", "护理等级", code(codes.CareLevel.choices)),
        _c("care_status", "儿童类别|困境儿童类别", code(codes.CareStatus.choices)),
        _c("insured", "参保|参加医保", FLAG),
        _c("medical_own_cost_year", "年自付医疗费|自付医疗费", AMOUNT),
        _c("phone", "电话|联系电话|手机", NUMBER),
        _c("bank_account", "银行账号|一卡通账号", NUMBER),
        _c("imprisoned_on", "服刑日期", DAY),
        _c("moved_on", "迁出日期", DAY),
        _c("died_on", "死亡日期", DAY),
        # not stored: only compared with the identity number
        _c("sex", "性别", code([("male", "男"), ("female", "女"), ("1", "1"), ("2", "2")]), "-"),
    ))  # fmt: skip


def _benefits() -> Kind:
    return Kind("benefits", ("benefits", "待遇", "救助待遇"), (
        _c("source*", "来源机构|来源", key()),
        _c("source_ref*", "来源编号", key(80)),
        _c("person_no", "人员编号", key()),
        _c("household_no", "户号|家庭编号", key()),
        _c("matter*", "事项", _matter()),
        _c("starts_on*", "起始日期|开始日期", DAY),
        _c("ends_on", "终止日期|结束日期", DAY),
        _c("amount", "金额", AMOUNT, "amount_yuan"),
        _c("form*", "形式|发放形式", code(codes.Form.choices)),
        _c("measure", "帮扶措施", text(200)),
        _c("cause", "事由", text(200)),
        _c("bill_no", "票据号", key(60)),
        _c("bill_total", "票据金额", AMOUNT, "bill_total_yuan"),
    ), any_of=("person_no", "household_no"))  # fmt: skip


def _payments() -> Kind:
    return Kind("payments", ("payments", "发放"), (
        _c("source*", "来源机构|来源", key()),
        _c("source_ref*", "来源编号", key(80)),
        _c("person_no", "人员编号", key()),
        _c("household_no", "户号|家庭编号", key()),
        _c("matter*", "事项", _matter()),
        _c("paid_on*", "发放日期", DAY),
        _c("amount*", "金额", AMOUNT, "amount_yuan"),
        _c("period", "所属月份|所属期", MONTH),
        _c("benefit_ref", "待遇编号", key(80)),
        _c("bill_no", "票据号", key(60)),
    ), any_of=("person_no", "household_no"))  # fmt: skip


def _readings() -> Kind:
    return Kind("readings", ("readings", "用量"), (
        _c("household_no*", "户号|家庭编号", key()),
        _c("kind*", "种类", code(codes.ReadingKind.choices)),
        _c("month*", "月份", MONTH),
        _c("amount*", "用量", AMOUNT),
    ))  # fmt: skip


def _matter() -> CellType:
    """A matter's code or Chinese name; whether it exists is asked when loading, since deployed
    packages add to the fixed ones."""
    by_name = {str(label): str(value) for value, label in codes.Matter.choices}
    plain = key()
    return CellType(lambda cell: by_name.get(cell) or plain.read(cell))


def kind_of(stem: str, header: list[str]) -> Kind | None:
    """By the file's name, or else by its header: the kind that lacks nothing and knows most."""
    lowered = stem.lower()
    for kind in kinds():
        if any(lowered == name or lowered.startswith(name) for name in kind.stems):
            return kind
    able = [kind for kind in kinds() if not kind.lacking(header)]
    known = {kind.name: sum(column is not None for column in kind.match(header)) for kind in able}
    return max(able, key=lambda kind: known[kind.name], default=None)
