"""Who works here: divisions, organisations, staff and their roles; and how they signed in."""

import uuid
from datetime import date, timedelta
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Group
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from common import clock
from common.append_only import LogRow
from common.fields import SealedField
from permissions import factors
from permissions.access import Access, division_prefix


class Division(models.Model):
    """An administrative division, by the statistics office's 12-digit code."""

    class Level(models.TextChoices):
        PROVINCE = "province", _("省")
        CITY = "city", _("市")
        COUNTY = "county", _("县")
        TOWN = "town", _("乡镇（街道）")
        VILLAGE = "village", _("村（社区）")

    code = models.CharField(_("区划代码"), max_length=12, primary_key=True)
    name = models.CharField(_("名称"), max_length=100)
    level = models.CharField(_("级别"), max_length=10, choices=Level.choices)
    valid_from = models.DateField(_("启用日期"), null=True, blank=True)
    valid_to = models.DateField(_("停用日期"), null=True, blank=True)

    def __str__(self) -> str:
        return self.name

    @property
    def prefix(self) -> str:
        return division_prefix(self.code)


class OrgUnit(models.Model):
    """An organisation that takes part: a department, a township, a supplier, a helper."""

    class Kind(models.TextChoices):
        DEPARTMENT = "department", _("部门")
        TOWNSHIP = "township", _("乡镇（街道）")
        VILLAGE = "village", _("村（社区）")
        SUPPLIER = "supplier", _("供应单位")
        SOCIAL = "social", _("社会组织")
        ENTERPRISE = "enterprise", _("企业")

    code = models.CharField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=100)
    kind = models.CharField(_("类别"), max_length=12, choices=Kind.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True)
    division_code = models.CharField(_("区划代码"), max_length=12, blank=True)
    # for what is shared with the organisation; made when something first is
    group = models.OneToOneField(
        Group, models.PROTECT, null=True, blank=True, related_name="org_unit"
    )

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """Capabilities in an organisation (domain: roles)."""

    WINDOW_CLERK = "window_clerk", _("窗口人员")
    TOWNSHIP_OFFICER = "township_officer", _("乡镇（街道）经办")
    TOWNSHIP_APPROVER = "township_approver", _("乡镇（街道）审批")
    HELPER = "helper", _("网格员、村干部")
    DEPT_HANDLER = "dept_handler", _("部门经办")
    DEPT_APPROVER = "dept_approver", _("部门审批")
    SUPERVISOR = "supervisor", _("督办")
    CURATOR = "curator", _("平台管理员")
    SYSTEM_ADMIN = "system_admin", _("系统管理员")
    SECURITY_ADMIN = "security_admin", _("安全管理员")
    AUDITOR = "auditor", _("审计员")
    LEADER = "leader", _("县领导")
    RECORDER = "recorder", _("社会组织录入员")


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A member of staff. What they may do comes from their role assignments alone."""

    username = models.CharField(_("用户名"), max_length=60, unique=True)
    name = models.CharField(_("姓名"), max_length=60)
    is_active = models.BooleanField(_("在用"), default=True)
    language = models.CharField(_("界面语言"), max_length=10, default="zh-hans")
    phone = models.CharField(_("电话"), max_length=30, blank=True)
    # blind index of the identity number: only to find that somebody handles a relative's case
    id_index = models.BinaryField(max_length=32, null=True, blank=True)
    password_set_at = models.DateTimeField(_("口令设置时间"), null=True, blank=True)
    must_change_password = models.BooleanField(_("须改口令"), default=False)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = UserManager()

    def __str__(self) -> str:
        return self.name

    @property
    def access(self) -> Access:
        """The roles in force now, read once for each loaded user."""
        found: Access | None = self.__dict__.get("_access")
        if found is None:
            found = self.access = Access.of(self)
        return found

    @access.setter
    def access(self, found: Access) -> None:
        self.__dict__["_access"] = found


class DatedQuerySet(models.QuerySet[Any]):
    """Rows that hold from a day to a day, which does not count."""

    def in_force(self) -> Self:
        """Those of today."""
        today = clock.today()
        begun = models.Q(starts_on=None) | models.Q(starts_on__lte=today)
        return self.filter(begun, models.Q(ends_on=None) | models.Q(ends_on__gt=today))


class RoleAssignment(models.Model):
    """A role in an organisation over a part of the division tree, from a day to a day."""

    user = models.ForeignKey(User, models.CASCADE, related_name="assignments")
    org_unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="assignments")
    role = models.CharField(_("岗位"), max_length=20, choices=Role.choices)
    division_code = models.CharField(_("区划代码"), max_length=12, blank=True)
    starts_on = models.DateField(_("起"), null=True, blank=True)
    ends_on = models.DateField(_("止"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "org_unit", "role", "division_code"], name="role_assigned_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class Substitution(models.Model):
    """代理: a colleague does somebody's work from a day to a day, which does not count."""

    absent = models.ForeignKey(User, models.PROTECT, related_name="substitutions")
    substitute = models.ForeignKey(User, models.PROTECT, related_name="stands_in")
    starts_on = models.DateField(_("起"))
    ends_on = models.DateField(_("止"))
    reason = models.CharField(_("事由"), max_length=200, blank=True)
    named_at = models.DateTimeField(_("登记时间"))

    objects = DatedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(absent=models.F("substitute")), name="substitute_is_another"
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="substitution_span"
            ),
        ]
        indexes = [models.Index(fields=["substitute", "ends_on"], name="substitution_of")]

    def __str__(self) -> str:
        return f"{self.absent_id} {self.substitute_id}"

    @property
    def last_day(self) -> date:
        """The last day, which counts."""
        return self.ends_on - timedelta(days=1)


class AccessRecord(LogRow):
    """查阅日志: one look at personal detail. Rows are only ever added.

    What it names is kept as plain values, so that a row outlives all that it tells of.
    """

    class Kind(models.TextChoices):
        VIEW = "view", _("查看")
        SEARCH = "search", _("查询")
        UNMASK = "unmask", _("查看明文")
        EXPORT = "export", _("导出")
        PRINT = "print", _("打印")
        REFUSED = "refused", _("未准查看")

    class Via(models.TextChoices):
        SESSION = "session", _("网页")
        TOKEN = "token", _("接口令牌")
        COMMAND = "command", _("命令")

    # the machine's time, whatever the business clock says
    at = models.DateTimeField(_("时间"), db_default=Now())
    user_id = models.BigIntegerField(_("人员"), null=True)
    username = models.CharField(_("用户名"), max_length=60, blank=True)
    # organisation:role of every role in force then, by code
    held = models.TextField(_("岗位"), blank=True)
    kind = models.CharField(_("方式"), max_length=8, choices=Kind.choices)
    via = models.CharField(_("途径"), max_length=8, choices=Via.choices)
    person_ids = ArrayField(models.BigIntegerField(), verbose_name=_("人员编号"), default=list)
    household_ids = ArrayField(models.BigIntegerField(), verbose_name=_("家庭编号"), default=list)
    case_ids = ArrayField(models.BigIntegerField(), verbose_name=_("办件编号"), default=list)
    fields = ArrayField(models.TextField(), verbose_name=_("字段"), default=list)
    purpose = models.TextField(_("用途"), blank=True)
    path = models.CharField(_("地址"), max_length=200, blank=True)
    address = models.GenericIPAddressField(_("来源地址"), null=True)
    request_id = models.CharField(_("请求编号"), max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["user_id", "id"], name="access_user"),
            GinIndex(fields=["person_ids"], name="access_person"),
            GinIndex(fields=["household_ids"], name="access_household"),
            GinIndex(fields=["case_ids"], name="access_case"),
            models.Index(fields=["place", "id"], name="access_place"),
        ]

    def __str__(self) -> str:
        return f"{self.username} {self.kind}"


class UsedPassword(models.Model):
    """A password that a user has or had: the last few may not be taken again."""

    user = models.ForeignKey(User, models.CASCADE, related_name="used_passwords")
    password = models.CharField(max_length=128)

    def __str__(self) -> str:
        return f"{self.user_id}"


class Authenticator(TOTPDevice):  # type: ignore[misc]  # no types
    """An app that shows a code each half minute. `secret` is sealed; the library's `key`, which is
    plain text, holds nothing."""

    secret = SealedField(_("密钥"))

    @property
    def bin_key(self) -> bytes:
        return factors.opened(self.secret)


class RecoveryCodes(StaticDevice):  # type: ignore[misc]  # no types
    """For the day the phone is gone: each code works once, only hashes are kept."""

    class Meta:
        proxy = True

    def verify_token(self, token: str) -> bool:
        return bool(super().verify_token(factors.hashed(token)))


class Session(AbstractBaseSession):
    """A browser that is signed in. `ref` names it to people: the key itself opens the session."""

    ref = models.UUIDField(default=uuid.uuid4, unique=True)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions")
    started_at = models.DateTimeField(_("登录时间"))
    seen_at = models.DateTimeField(_("最近活动"))
    address = models.GenericIPAddressField(_("IP 地址"), null=True)
    agent = models.CharField(_("浏览器"), max_length=300, blank=True)

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        """The engine that keeps rows of this table."""
        from permissions.sessions import SessionStore

        return SessionStore


class TokenScope(models.Model):
    """What an API token may do; a token without a row may do all that its owner may."""

    class Scope(models.TextChoices):
        READ = "read", _("只读")
        WRITE = "write", _("读写")

    token = models.OneToOneField(
        "knox.AuthToken", models.CASCADE, primary_key=True, related_name="scope"
    )
    scope = models.CharField(_("范围"), max_length=5, choices=Scope.choices)

    def __str__(self) -> str:
        return self.scope


OWN_ACTS = (
    *("password.changed", "factor.enrolled", "codes.issued", "code.used"),
    *("session.ended", "token.revoked"),
)


class AccountAct(LogRow):
    """What was done to an account, by whom (nobody: at the console). Rows are only added."""

    class Name(models.TextChoices):
        CREATED = "account.created", _("建立账号")
        DEACTIVATED = "account.deactivated", _("停用账号")
        ACTIVATED = "account.activated", _("恢复账号")
        UNLOCKED = "account.unlocked", _("解除锁定")
        PASSWORD_ISSUED = "password.issued", _("发放口令")
        PASSWORD_CHANGED = "password.changed", _("本人修改口令")
        FACTOR_ENROLLED = "factor.enrolled", _("本人绑定动态口令")
        FACTOR_RESET = "factor.reset", _("重置动态口令")
        CODES_ISSUED = "codes.issued", _("本人换发备用码")
        CODE_USED = "code.used", _("本人使用备用码")
        SESSION_ENDED = "session.ended", _("本人结束登录")
        SESSIONS_ENDED = "sessions.ended", _("结束全部登录")
        TOKEN_ISSUED = "token.issued", _("签发令牌")
        TOKEN_REVOKED = "token.revoked", _("本人作废令牌")
        ROLE_GRANTED = "role.granted", _("授予岗位")
        ROLE_ENDED = "role.ended", _("终止岗位")

    name = models.CharField(_("操作"), max_length=30, choices=Name.choices)
    user = models.ForeignKey(User, models.PROTECT, related_name="acts")
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("时间"))
    data = models.JSONField(_("内容"), default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["user", "id"], name="account_act_user"),
            models.Index(fields=["place", "id"], name="account_act_place"),
        ]
        constraints = [
            # nobody does to oneself what an administrator does to others
            models.CheckConstraint(
                condition=models.Q(actor=None)
                | models.Q(name__in=OWN_ACTS)
                | ~models.Q(actor=models.F("user")),
                name="account_act_of_another",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.user_id}"
