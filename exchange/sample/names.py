"""Made-up names of two to four characters."""

from random import Random

SURNAMES = (
    "叶王陈张刘吴周林徐朱李郑季项潘胡梅廖柳兰练魏黄杨汤金余何赖饶程毛方邱谢江罗杜夏蒋邹曹华"
    "傅洪孙应留章阙丁沈董宋范俞郭曾严卢任单谭姚莫仇解"
)
COMPOUND = ("欧阳", "诸葛", "上官", "司徒", "尉迟", "夏侯", "端木", "令狐")
SHE = "蓝雷钟盘"
MALE = (
    "伟强明华平国军建文志勇刚林海山松根水火土生福禄寿贵荣昌盛德仁义礼信忠良善正光亮春秋冬斌涛浩宇轩辰泽睿"
    "嘉俊豪杰鹏飞翔龙虎岳峰石川樟养金富有余旺发进来庆余长永世代祖宗"
)
FEMALE = (
    "芳兰英秀珍玉凤莲梅菊花香娟丽美琴云霞红燕春爱素月娥仙妹银彩翠静敏慧洁雅婷雯欣怡悦诗涵梓萱语桐可馨"
    "妍琪瑶琳珊珠巧好淑贤惠聪菲芬芸苗蕾蓉薇"
)
RARE = (
    "堃",
    "犇",
    "翀",
    "燚",
    "垚",
    "㛃",
    "䶮",
    "㭎",
    "𬭎",
    "𫖯",
    "𬱖",
    "𬀩",
    "玥",
    "喆",
    "祎",
    "劼",
)


def surname(random: Random, *, is_she: bool) -> str:
    """A family's name; the She 畲 have four of their own."""
    if is_she:
        return random.choice(SHE)
    if random.random() < 0.006:
        return random.choice(COMPOUND)
    # the first names of the list are the frequent ones
    return SURNAMES[min(int(random.expovariate(1 / 14)), len(SURNAMES) - 1)]


def full_name(random: Random, family: str, *, is_male: bool) -> str:
    pool = MALE if is_male else FEMALE
    given = random.choice(pool)
    if random.random() < 0.78:
        given += random.choice(pool)
    if random.random() < 0.012:
        given = given[:-1] + random.choice(RARE)
    if random.random() < 0.004 and len(family) == 1:
        given = given[0] + random.choice(pool) + random.choice(pool)
    return family + given
