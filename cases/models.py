"""A case and what belongs to it. Business facts; how far a process is stands in `workflows`."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from cases.querysets import CaseQuerySet, MatterQuerySet, PackageQuerySet
from common.fields import SealedField
from households.models import Household, Person
from permissions.models import OrgUnit, User
from workflows.models import Definition

OPEN_MATTER = ("waiting", "running")


class Package(models.Model):
    """A matter package as deployed: settings, forms, process and decision tables. Never changed.

    `intake` is the process that joins the matters; `shared` holds material kinds and what the
    service itself is set by; `rules` the tables about a whole county and what tables count with.
    """

    code = models.CharField(_("代码"), max_length=40)
    version = models.PositiveIntegerField(_("版本"))
    content_hash = models.CharField(_("内容摘要"), max_length=64)
    settings = models.JSONField(_("设置"))
    forms = models.JSONField(_("表单"), default=dict)
    # DMN sources by name
    tables = models.JSONField(_("决策表"), default=dict)
    # what was published beside the files, from a day on: see `cases.amendments`
    amendments = models.JSONField(_("发布的修改"), default=list)
    definition = models.ForeignKey(Definition, models.PROTECT, null=True)
    deployed_at = models.DateTimeField(_("部署时间"))
    objects = PackageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="package_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"


class CaseNumber(models.Model):
    """The last number given on a day."""

    day = models.DateField(primary_key=True)
    last = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.day} {self.last}"


class Case(models.Model):
    """One application by one person, for one or more matters."""

    class Status(models.TextChoices):
        OPEN = "open", _("在办")
        CLOSED = "closed", _("办结")
        WITHDRAWN = "withdrawn", _("撤回")

    class Channel(models.TextChoices):
        WINDOW = "window", _("窗口")
        ONLINE = "online", _("网上")
        PROACTIVE = "proactive", _("主动发现")
        TOWNSHIP = "township", _("乡镇（街道）")

    number = models.CharField(_("办件号"), max_length=20, unique=True)
    status = models.CharField(_("状态"), max_length=10, choices=Status.choices, default="open")
    applicant = models.ForeignKey(Person, models.PROTECT, related_name="cases")
    household = models.ForeignKey(Household, models.PROTECT, related_name="cases")
    division_code = models.CharField(_("区划代码"), max_length=12)
    township = models.ForeignKey(OrgUnit, models.PROTECT, related_name="+")
    channel = models.CharField(_("渠道"), max_length=10, choices=Channel.choices)
    # the agent's number is kept encrypted inside, never shown whole
    agent_name = models.CharField(_("代办人"), max_length=60, blank=True)
    agent_relation = models.CharField(_("代办人关系"), max_length=20, blank=True)
    agent_number = SealedField(_("代办人证件号"), null=True)
    agent_tail = models.CharField(max_length=4, blank=True)
    opened_at = models.DateTimeField(_("受理时间"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    closed_at = models.DateTimeField(_("办结时间"), null=True)
    in_person_count = models.PositiveSmallIntegerField(_("跑动次数"), default=0)
    open_matters = models.PositiveSmallIntegerField(_("在办事项数"), default=0)
    means = models.CharField(_("经济状况核对"), max_length=10, default="not_needed")
    visit = models.CharField(_("入户走访"), max_length=10, default="not_needed")
    # what the register stood for when the matters began; nobody is asked for these papers
    papers_held = models.JSONField(_("系统已有材料"), default=list)
    intake = models.ForeignKey(Package, models.PROTECT, related_name="+")
    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["applicant"], name="one_open_case", condition=Q(status="open")
            ),
        ]
        indexes = [
            models.Index(fields=["division_code", "-id"], name="case_division"),
            models.Index(fields=["status", "-id"], name="case_status"),
            models.Index(fields=["-opened_at"], name="case_opened"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def stream(self) -> str:
        """Where its events are kept."""
        return f"case:{self.pk}"


class Matter(models.Model):
    """One joint matter of a case, for the household or for one person of it."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("等待")
        RUNNING = "running", _("办理中")
        APPROVED = "approved", _("确认")
        REFUSED = "refused", _("不予确认")
        NOT_APPLICABLE = "not_applicable", _("不适用")
        WITHDRAWN = "withdrawn", _("撤回")
        DEEMED_WITHDRAWN = "deemed_withdrawn", _("视为撤回")
        TRANSFERRED = "transferred", _("转办")
        ENDED = "ended", _("终止")

    case = models.ForeignKey(Case, models.PROTECT, related_name="matters")
    code = models.CharField(_("事项"), max_length=40)
    package = models.ForeignKey(Package, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="matters")
    household = models.ForeignKey(Household, models.PROTECT, null=True, related_name="matters")
    status = models.CharField(_("状态"), max_length=20, choices=Status.choices, default="running")
    started_by_event = models.CharField(max_length=40, blank=True)
    started_at = models.DateTimeField(_("开始时间"))
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    due_on = models.DateField(_("办理期限"), null=True)
    due_reason = models.TextField(_("期限说明"), blank=True)
    due_provisional = models.BooleanField(default=False)
    warn_on = models.DateField(null=True)
    pauses = models.PositiveSmallIntegerField(_("中止数"), default=0)
    objects = MatterQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person=None) ^ Q(household=None), name="matter_one_beneficiary"
            ),
            models.UniqueConstraint(
                fields=["code", "person"],
                name="one_open_matter_person",
                condition=Q(status__in=OPEN_MATTER),
            ),
            models.UniqueConstraint(
                fields=["code", "household"],
                name="one_open_matter_household",
                condition=Q(status__in=OPEN_MATTER),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.code}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_MATTER

    @property
    def settings(self) -> dict[str, Any]:
        """Its package's matter.toml."""
        found: dict[str, Any] = self.package.settings
        return found


class Outcome(models.Model):
    """How a matter ended, for whatever reason. One for each matter, kept by the database."""

    matter = models.OneToOneField(Matter, models.PROTECT, related_name="decision")
    outcome = models.CharField(_("结果"), max_length=20, choices=Matter.Status.choices)
    amount_yuan = models.DecimalField(_("金额（元）"), max_digits=12, decimal_places=2, null=True)
    form = models.CharField(_("形式"), max_length=10, blank=True)
    starts_on = models.DateField(_("起"), null=True)
    ends_on = models.DateField(_("止"), null=True)
    reason = models.CharField(_("理由"), max_length=1000, blank=True)
    why = models.JSONField(_("依据"), default=dict)
    decided_at = models.DateTimeField(_("决定时间"))
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.matter_id} {self.outcome}"


class _Share(models.Model):
    """What django-guardian keeps of a named exception, and until when it holds."""

    ends_on = models.DateField(_("止"))
    reason = models.CharField(_("理由"), max_length=200)
    shared_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    shared_at = models.DateTimeField(_("授权时间"))

    class Meta:
        abstract = True


class CaseUserShare(_Share, UserObjectPermissionBase):
    """A case shared with a colleague. ends_on does not count."""

    content_object = models.ForeignKey(Case, models.PROTECT, related_name="user_shares")

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.content_object_id} {self.user_id}"


class CaseGroupShare(_Share, GroupObjectPermissionBase):
    """A case shared with an organisation, by its group."""

    content_object = models.ForeignKey(Case, models.PROTECT, related_name="group_shares")

    class Meta(GroupObjectPermissionBase.Meta):
        abstract = False

    def __str__(self) -> str:
        return f"{self.content_object_id} {self.group_id}"


class Relative(models.Model):
    """A member of staff who is declared a near relative of a case's people, and barred from it."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="relatives")
    user = models.ForeignKey(User, models.PROTECT, related_name="relatives")
    relation = models.CharField(_("关系"), max_length=60)
    declared_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    declared_at = models.DateTimeField(_("备案时间"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "user"], name="relative_once")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.user_id}"


class CaseFact(models.Model):
    """Joint work of the case that is done, once for all matters: means check, home visit."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="facts")
    name = models.CharField(_("事实"), max_length=40)
    data = models.JSONField(_("内容"), default=dict)
    at = models.DateTimeField(_("时间"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "name"], name="case_fact_once")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.name}"


class Wait(models.Model):
    """A matter's process stands at a message and cannot go on before the fact is there."""

    matter = models.ForeignKey(Matter, models.CASCADE, related_name="waits")
    message = models.CharField(_("等待"), max_length=40)
    since = models.DateTimeField(_("起"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "message"], name="wait_once")]

    def __str__(self) -> str:
        return f"{self.matter_id} {self.message}"


class Material(models.Model):
    """A paper of the case; its content lies in the store under its hash."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="materials")
    kind = models.CharField(_("种类"), max_length=60)
    name = models.CharField(_("文件名"), max_length=200)
    sha256 = models.CharField(_("摘要"), max_length=64)
    content_type = models.CharField(_("类型"), max_length=60)
    size = models.PositiveIntegerField(_("大小"))
    added_at = models.DateTimeField(_("时间"))
    added_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "kind", "sha256"], name="material_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Supplement(models.Model):
    """补正: papers asked for; the matters that need them stand still until then."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="supplements")
    matters = models.ManyToManyField(Matter, related_name="supplements")
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("通知时间"))
    kinds = models.JSONField(_("材料种类"))
    message = models.CharField(_("说明"), max_length=1000)
    due_at = models.DateTimeField(_("补正期限"))
    due_reason = models.TextField(_("期限说明"))
    settled_at = models.DateTimeField(_("了结时间"), null=True)
    result = models.CharField(_("结果"), max_length=20, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="supplement_open", condition=Q(settled_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kinds}"


class OfficeVisit(models.Model):
    """One appearance in person (跑动) of the applicant or agent."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="office_visits")
    at = models.DateTimeField(_("时间"))
    reason = models.CharField(_("事由"), max_length=200)
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.case_id} {self.reason}"


class ClockEvent(models.Model):
    """The service clock as data: append-only, each entry with its ground."""

    class Kind(models.TextChoices):
        START = "start", _("起算")
        PAUSE = "pause", _("中止")
        RESUME = "resume", _("恢复")
        STOP = "stop", _("终止")

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="clock_events")
    kind = models.CharField(_("种类"), max_length=10, choices=Kind.choices)
    at = models.DateTimeField(_("时间"))
    ground = models.CharField(_("依据"), max_length=200)

    def __str__(self) -> str:
        return f"{self.matter_id} {self.kind} {self.at}"
