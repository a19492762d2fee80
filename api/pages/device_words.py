"""Browsers by the names that people know them by."""

from kernel.messages import N_, Text

_SYSTEMS = {
    "harmony": N_("鸿蒙手机"),
    "android": N_("安卓手机"),
    "ios": N_("苹果手机"),
    "windows": N_("Windows 电脑"),
    "mac": N_("苹果电脑"),
    "linux": N_("Linux 电脑"),
}
_BROWSERS = {
    "wechat": N_("微信"),
    "alipay": N_("支付宝"),
    "edge": N_("Edge 浏览器"),
    "firefox": N_("火狐浏览器"),
    "chrome": N_("谷歌浏览器"),
    "safari": N_("Safari 浏览器"),
}


def browser_words(browser: str | None) -> tuple[Text, Text]:
    """The machine and the program that a browser's kind names."""
    system, _, program = (browser or "").partition("-")
    return Text(_SYSTEMS.get(system, N_("其他设备"))), Text(_BROWSERS.get(program, N_("其他程序")))
