"""Names: how they are masked in public (脱敏) and spelt in pinyin for search."""

import re

from pypinyin import Style, lazy_pinyin

# Compound surnames (复姓) that still occur; a name that begins with one keeps both characters when masked.
_COMPOUND = (
    "欧阳 司马 上官 诸葛 司徒 东方 独孤 南宫 夏侯 皇甫 尉迟 公孙 慕容 令狐 宇文 长孙 司空 轩辕 百里 呼延 东郭 南门 "
    "西门 端木 公冶 公西 公羊 公良 澹台 濮阳 淳于 单于 太史 申屠 钟离 闾丘 万俟 赫连 鲜于 完颜 纳兰 第五 拓跋 宗政 "
    "巫马 漆雕 乐正 壤驷 夹谷 谷梁 梁丘 左丘 东门 颛孙 亓官 子车 司寇 仲孙 叶赫 达奚"
)
COMPOUND_SURNAMES = frozenset(_COMPOUND.split())

# Characters that are read differently as a surname (domain.md 4 names the first four).
_SURNAME_READINGS = {
    "单": "shan", "曾": "zeng", "解": "xie", "仇": "qiu",
    "区": "ou", "查": "zha", "朴": "piao", "盖": "ge", "翟": "zhai", "乐": "yue", "覃": "qin", "员": "yun",
    "缪": "miao", "折": "she", "召": "shao", "洗": "xian", "黑": "he", "种": "chong", "重": "chong", "繁": "po",
    "秘": "bi", "牟": "mu", "宿": "su", "尉": "wei", "么": "yao", "祭": "zhai", "粘": "nian", "句": "gou",
    "訾": "zi", "郗": "xi", "逄": "pang", "宓": "mi", "柏": "bai", "贾": "jia", "盛": "sheng", "应": "ying",
    "葛": "ge", "石": "shi", "沈": "shen", "薄": "bo", "仉": "zhang", "晟": "cheng", "隗": "wei",
}  # fmt: skip
_COMPOUND_READINGS = {
    "单于": ["chan", "yu"], "尉迟": ["yu", "chi"], "万俟": ["mo", "qi"], "澹台": ["tan", "tai"],
    "长孙": ["zhang", "sun"], "令狐": ["ling", "hu"], "乐正": ["yue", "zheng"], "亓官": ["qi", "guan"],
}  # fmt: skip

PINYIN_LENGTH = 160
INITIALS_LENGTH = 32
_MASK = "*"


def surname_of(name: str) -> str:
    """The surname: two characters where the name begins with a compound one and goes on, else the first."""
    return name[:2] if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else name[:1]


def mask_name(name: str) -> str:
    """A name for everybody: 张* of two characters, 张*三 of three, first and last of more, compound surnames whole.

    A name in letters keeps its first one; a single character says nothing at all.
    """
    if len(name) <= 1:
        return _MASK
    if name.isascii():
        return name[0] + _MASK * 2
    surname = surname_of(name)
    given = name[len(surname) :]
    if len(given) == 1:
        return surname + _MASK
    return surname + _MASK * (len(given) - 1) + given[-1]


def public_name(name: str, consented: bool) -> str:
    """The name as everybody may see it: in full only where the steward consented to it."""
    return name if consented else mask_name(name)


def mask_phone(phone: str | None) -> str | None:
    """A phone number for everybody: 138****0000, shorter ones by their last two digits."""
    if phone is None:
        return None
    digits = re.sub(r"\D", "", phone)
    if phone.lstrip().startswith("+86") and len(digits) > 11:
        digits = digits[2:]
    if len(digits) >= 11:
        return f"{digits[:3]}****{digits[-4:]}"
    return f"****{digits[-2:]}" if len(digits) >= 7 else "****"


def syllables(name: str) -> list[str]:
    """A name's pinyin without tones, a syllable for each character, with surnames read as surnames."""
    head = name[:2]
    if head in COMPOUND_SURNAMES and len(name) > 2:
        first = _COMPOUND_READINGS.get(head) or lazy_pinyin(head, style=Style.NORMAL)
        rest = name[2:]
    elif name[:1] in _SURNAME_READINGS:
        first = [_SURNAME_READINGS[name[:1]]]
        rest = name[1:]
    else:
        first, rest = [], name
    spelt = [*first, *(lazy_pinyin(rest, style=Style.NORMAL) if rest else [])]
    return [re.sub(r"[^a-z0-9]", "", syllable.lower()) for syllable in spelt]


def spelling(name: str) -> tuple[str, str]:
    """The pinyin of a name, written together, and its initials: 单示例 is ('shanshili', 'ssl')."""
    found = [syllable for syllable in syllables(name) if syllable]
    return "".join(found)[:PINYIN_LENGTH], "".join(syllable[0] for syllable in found)[:INITIALS_LENGTH]


def asked_spelling(asked: str) -> str:
    """What somebody typed to search by pinyin, as `spelling` writes it: 'Lü Shi' is 'lvshi'."""
    return re.sub(r"[\s'·-]", "", asked.lower().replace("ü", "v"))
