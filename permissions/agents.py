"""A browser in words, from what it says of itself: enough to know one's own again."""

from django.utils.translation import gettext as _

# the first that is found: Edge says Chrome too, Chrome says Safari
BROWSERS = {
    "MicroMessenger": "微信",
    "DingTalk": "钉钉",
    "Edg": "Edge",
    "OPR": "Opera",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "OpenHarmony": "HarmonyOS",
    "HarmonyOS": "HarmonyOS",
    "Windows": "Windows",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Mac OS": "macOS",
    "Kylin": "麒麟",
    "UOS": "统信",
    "Linux": "Linux",
}


def told(agent: str) -> str:
    """Chrome · Windows."""
    found = [
        next((name for mark, name in words.items() if mark in agent), "")
        for words in (BROWSERS, SYSTEMS)
    ]
    return " · ".join(name for name in found if name) or _("其他程序")
