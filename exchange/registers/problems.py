"""What can be wrong with a row of a register file; codes are those of the contract."""

from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from common.errors import InputError

MESSAGES = {
    "missing": _("缺少必填内容"),
    "bad-number": _("数字或号码格式有误"),
    "bad-date": _("日期有误"),
    "bad-code": _("不在规定的代码之内"),
    "unknown-household": _("没有这个户号"),
    "unknown-person": _("没有这个人员编号"),
    "unknown-division": _("没有这个区划"),
    "unknown-organisation": _("没有这个机构"),
    "unknown-matter": _("没有这个事项"),
    "bad-amount": _("金额有误：应为不小于零、至多两位小数的数"),
    "id-checksum": _("身份证号码校验位不符"),
    "id-date": _("身份证号码中的出生日期有误"),
    "duplicate-key": _("与前面的行重复，已保留前一行"),
    "excel-damaged": _("已被电子表格软件改坏（科学计数法、丢失末位或错误值），请从原系统重新导出"),
    "too-long": _("内容过长"),
    "control-character": _("含有控制字符"),
    "formula": _("含有公式"),
    "same-number": _("同一身份证号码登记了多次，按同一人的多条登记保留"),
    "unknown-column": _("不认识的列，已忽略"),
    "name-differs": _("与登记的姓名不一致"),
    "no-font": _("姓名中有清单字体没有的字"),
    "id-sex": _("性别与身份证号码不一致"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """A reject or a warning: where, which, and in words (never with the cell's content)."""

    row: int
    column: str
    code: str
    message: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"message": self.message or str(MESSAGES[self.code])}


class CellError(ValueError):
    """A cell does not fit its column; the argument is a reject code."""

    @property
    def code(self) -> str:
        return str(self.args[0])


class FileRefusedError(InputError):
    """The whole file is refused; nothing of it was loaded."""
