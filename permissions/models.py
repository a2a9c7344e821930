"""Who works here: divisions, organisations, staff and their roles."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from common.append_only import LogRow
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


class RoleAssignment(models.Model):
    """A role in an organisation over a part of the division tree, from a day to a day."""

    user = models.ForeignKey(User, models.CASCADE, related_name="assignments")
    org_unit = models.ForeignKey(OrgUnit, models.PROTECT, related_name="assignments")
    role = models.CharField(_("岗位"), max_length=20, choices=Role.choices)
    division_code = models.CharField(_("区划代码"), max_length=12, blank=True)
    starts_on = models.DateField(_("起"), null=True, blank=True)
    ends_on = models.DateField(_("止"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "org_unit", "role", "division_code"], name="role_assigned_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


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
