"""Named errors. `code` is stable and part of the public interface (docs: problems of the API).

Services raise these; only `common/http.py` knows how they look over HTTP.
"""

from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field. `field` is a path such as `matters.0`."""

    field: str
    code: str
    message: str

    def as_dict(self) -> dict[str, str]:
        return {key: str(value) for key, value in asdict(self).items()}


MESSAGES = {
    "not-allowed": _("您的岗位不能办理这一步"),
    "second-factor": _("请先用动态口令验证身份"),
    "same-officer": _("同一件事的前面步骤由您办理，这一步须由另一位同事办理"),
    "related-person": _("您与该家庭有关系，须回避"),
    "not-found": _("没有找到，或您无权查看"),
    "open-case-exists": _("申请人已有在办的救助申请"),
    "open-matter-exists": _("这一事项已在办理中"),
    "already-claimed": _("这项任务已由其他同事认领"),
    "not-claimed": _("请先认领这项任务"),
    "already-done": _("这项任务已经办结"),
    "task-cancelled": _("这项任务已取消"),
    "case-closed": _("这件申请已经办结"),
    "changed-meanwhile": _("内容已被他人更改，请刷新后再试"),
    "too-large": _("文件过大"),
    "harmful-file": _("文件带有病毒，没有收下"),
    "scanner-unavailable": _("查毒服务暂时不可用，文件没有收下，请稍后再试"),
    "wrong-type": _("不支持的文件类型"),
    "invalid-data": _("填写的内容有误"),
    "invalid-id-number": _("身份证号码有误"),
    "name-required": _("这个号码尚未登记，请填写姓名"),
    "unknown-matter": _("没有这个事项"),
    "repeated-matter": _("同一事项重复"),
    "consent-missing": _("缺少授权同意"),
    "idempotency-mismatch": _("同一幂等键对应了不同的内容"),
    "locked": _("口令错误次数过多，已暂时锁定"),
    "rate-limited": _("操作太频繁，请稍后再试"),
    "method-not-allowed": _("这个地址不支持这种操作"),
    "not-acceptable": _("只提供 JSON"),
    "internal-error": _("系统出现异常，请稍后再试"),
    "unavailable": _("数据库暂时不可用，请稍后再试"),
    "keys-in-use": _("还有数据用旧密钥加密，请先运行 rotate_keys"),
    "keys-unavailable": _("密钥服务暂时不可用，请稍后再试"),
    "engine-failed": _("流程处理出现异常，已登记，请稍后再试"),
}


class ServiceError(Exception):
    """A use case said no; nothing was changed."""

    status = 400
    code = "invalid-data"

    def __init__(
        self,
        code: str = "",
        message: Any = "",
        *,
        field: str = "",
        errors: list[FieldError] | None = None,
        **extra: Any,
    ) -> None:
        self.code = code or type(self).code
        self.message = message or MESSAGES.get(self.code, self.code)
        self.errors = errors or []
        if field:
            self.errors = [FieldError(field, self.code, str(self.message))]
        self.extra = extra
        super().__init__(self.code)

    def __str__(self) -> str:
        fields = "; ".join(f"{e.field}: {e.message}" for e in self.errors)
        return f"{self.code}: {self.message}" + (f" ({fields})" if fields else "")


class InputError(ServiceError):
    """The request's content does not fit."""

    status = 422


class DeniedError(ServiceError):
    """Known to the user, but not theirs to do."""

    status = 403
    code = "not-allowed"


class MissingError(ServiceError):
    """Not there, or not to be seen by this user."""

    status = 404
    code = "not-found"


class ConflictError(ServiceError):
    """Met something that is there already; `extra` names it."""

    status = 409
    code = "changed-meanwhile"


class RuleError(ServiceError):
    """A rule forbids it; `extra["basis"]` names the article."""

    status = 422


class UpstreamError(ServiceError):
    """A system outside did not answer as agreed."""

    status = 502


class EngineError(ServiceError):
    """A process could not go on; kept as an incident."""

    status = 500
    code = "engine-failed"
