"""The fixed words of the register (contract: codes and files), with the names people read."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class Matter(TextChoices):
    """The fourteen matters and the other programmes that a benefit may belong to.

    A matter package may add to them: a benefit's matter is a code, not a choice.
    """

    MIN_LIVING = "min_living", _("最低生活保障")
    DESTITUTE_SUPPORT = "destitute_support", _("特困人员救助供养")
    MARGINAL_HOUSEHOLD = "marginal_household", _("低保边缘家庭认定")
    EXPENDITURE_HARDSHIP = "expenditure_hardship", _("刚性支出困难家庭认定")
    TEMPORARY_AID = "temporary_aid", _("临时救助")
    MEDICAL_AID = "medical_aid", _("医疗救助")
    EDUCATION_AID = "education_aid", _("教育救助")
    HOUSING_AID = "housing_aid", _("住房救助")
    EMPLOYMENT_AID = "employment_aid", _("就业救助")
    DISASTER_AID = "disaster_aid", _("受灾人员救助")
    DISABLED_LIVING = "disabled_living", _("困难残疾人生活补贴")
    DISABLED_CARE = "disabled_care", _("重度残疾人护理补贴")
    CHILD_SUPPORT = "child_support", _("孤儿和困境儿童基本生活费")
    UTILITY_RELIEF = "utility_relief", _("水电气、有线电视费减免")
    WORK_INJURY_CARE = "work_injury_care", _("工伤生活护理费")
    AGED_CARE = "aged_care", _("老年人护理补贴")
    AGED_LIVING = "aged_living", _("高龄津贴")
    VETERAN_ALLOWANCE = "veteran_allowance", _("优抚补助")
    CHARITY_AID = "charity_aid", _("慈善帮扶")
    UNION_AID = "union_aid", _("困难职工帮扶")
    LEGAL_AID = "legal_aid", _("法律援助")
    JUDICIAL_AID = "judicial_aid", _("司法救助")
    LOW_INCOME_FARM = "low_income_farm", _("低收入农户帮促")
    FUNERAL_RELIEF = "funeral_relief", _("殡葬减免")
    HOME_CARE = "home_care", _("居家养老服务")
    SUPPLEMENTARY_INSURANCE = "supplementary_insurance", _("补充医保代缴")
    OTHER = "other", _("其他帮扶")


class Category(TextChoices):
    """Status of a household or person: the codes of matters 1 to 4, or none."""

    NONE = "none", _("无")
    MIN_LIVING = "min_living", _("低保")
    DESTITUTE_SUPPORT = "destitute_support", _("特困")
    MARGINAL_HOUSEHOLD = "marginal_household", _("低边")
    EXPENDITURE_HARDSHIP = "expenditure_hardship", _("支出型困难")


class Form(TextChoices):
    MONTHLY = "monthly", _("按月")
    ONCE = "once", _("一次性")
    YEARLY = "yearly", _("按年")
    IN_KIND = "in_kind", _("实物")
    WAIVER = "waiver", _("减免")
    SERVICE = "service", _("服务")
    STATUS = "status", _("认定")


class ReviewClass(TextChoices):
    A = "A", _("A类")
    B = "B", _("B类")
    C = "C", _("C类")


class Housing(TextChoices):
    OWN = "own", _("自有")
    RENT = "rent", _("租住")
    BORROW = "borrow", _("借住")
    NONE = "none", _("无房")


class DwellingGrade(TextChoices):
    A = "A", _("A级")
    B = "B", _("B级")
    C = "C", _("C级")
    D = "D", _("D级")


class Relation(TextChoices):
    HEAD = "head", _("户主")
    SPOUSE = "spouse", _("配偶")
    CHILD = "child", _("子女")
    PARENT = "parent", _("父母")
    GRANDCHILD = "grandchild", _("孙辈")
    GRANDPARENT = "grandparent", _("祖父母")
    SIBLING = "sibling", _("兄弟姐妹")
    OTHER = "other", _("其他")


class Sex(TextChoices):
    MALE = "male", _("男")
    FEMALE = "female", _("女")


class ParentState(TextChoices):
    ALIVE = "alive", _("健在")
    DEAD = "dead", _("死亡")
    MISSING = "missing", _("失踪")
    IMPRISONED = "imprisoned", _("服刑")
    DETAINED = "detained", _("羁押或强制戒毒")
    SEVERELY_DISABLED = "severely_disabled", _("重残")
    SEVERELY_ILL = "severely_ill", _("重病")
    REVOKED = "revoked", _("撤销监护资格")


class ObligorState(TextChoices):
    NONE = "none", _("无赡养抚养扶养义务人")
    ABLE = "able", _("有履行能力")
    UNABLE = "unable", _("无履行能力")


class Labour(TextChoices):
    FULL = "full", _("完全劳动能力")
    PART = "part", _("部分劳动能力")
    LOST = "lost", _("丧失劳动能力")
    NONE = "none", _("无劳动能力")


class SchoolStage(TextChoices):
    NONE = "none", _("不在学")
    PRESCHOOL = "preschool", _("学前")
    PRIMARY = "primary", _("小学")
    JUNIOR = "junior", _("初中")
    SENIOR = "senior", _("高中")
    VOCATIONAL = "vocational", _("中职")
    UNIVERSITY = "university", _("大学")


class DisabilityCategory(TextChoices):
    NONE = "none", _("无残疾")
    VISUAL = "visual", _("视力")
    HEARING = "hearing", _("听力")
    SPEECH = "speech", _("言语")
    PHYSICAL = "physical", _("肢体")
    INTELLECTUAL = "intellectual", _("智力")
    MENTAL = "mental", _("精神")
    MULTIPLE = "multiple", _("多重")


class DisabilityGrade(IntegerChoices):
    FIRST = 1, _("一级")
    SECOND = 2, _("二级")
    THIRD = 3, _("三级")
    FOURTH = 4, _("四级")


class CareLevel(TextChoices):
    SELF = "self", _("自理")
    HALF = "half", _("半护理")
    FULL = "full", _("全护理")


class CareStatus(TextChoices):
    NONE = "none", _("无")
    ORPHAN = "orphan", _("孤儿")
    UNATTENDED = "unattended", _("事实无人抚养")
    IN_DISTRESS = "in_distress", _("困境")


class ReadingKind(TextChoices):
    ELECTRICITY = "electricity", _("用电")
    WATER = "water", _("用水")
