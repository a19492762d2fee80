"""Masking and pinyin are pure: tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stewards.names import asked_spelling, mask_name, mask_phone, public_name, spelling


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("赵示", "赵*"),
        ("赵示例", "赵*例"),
        ("钱样本二", "钱**二"),
        ("欧阳示", "欧阳*"),
        ("欧阳演示", "欧阳*示"),
        ("欧阳样本三", "欧阳**三"),
        ("欧阳", "欧*"),
        ("单于样本", "单于*本"),
        ("赵", "*"),
        ("", "*"),
        ("Sample Steward", "S**"),
    ],
)
def test_a_masked_name_keeps_what_the_rule_says(name: str, masked: str) -> None:
    assert mask_name(name) == masked


def test_only_consent_shows_the_whole_name() -> None:
    assert public_name("赵示例", consented=True) == "赵示例"
    assert public_name("赵示例", consented=False) == "赵*例"


@given(st.text(alphabet="赵钱孙李欧阳单于示例样本演一二三", min_size=1, max_size=6))
def test_a_masked_name_never_shows_the_whole_name(name: str) -> None:
    assert mask_name(name) != name
    assert "*" in mask_name(name)


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("000-0000-0001", "000****0001"),
        ("13800000000", "138****0000"),
        ("+86 138 0000 0000", "138****0000"),
        ("6400-0017", "****17"),
        ("110", "****"),
        (None, None),
    ],
)
def test_a_masked_phone_keeps_what_the_rule_says(phone: str | None, masked: str | None) -> None:
    assert mask_phone(phone) == masked


@pytest.mark.parametrize(
    ("name", "pinyin", "initials"),
    [
        ("单示例", "shanshili", "ssl"),
        ("曾样本", "zengyangben", "zyb"),
        ("解演示", "xieyanshi", "xys"),
        ("仇示例", "qiushili", "qsl"),
        ("欧阳演示", "ouyangyanshi", "oyys"),
        ("单于样本", "chanyuyangben", "cyyb"),
        ("吕示例", "lvshili", "lsl"),
        ("尉迟演示", "yuchiyanshi", "ycys"),
        ("示例单", "shilidan", "sld"),
        ("Sample 1", "sample1", "s"),
    ],
)
def test_surnames_are_spelt_as_surnames(name: str, pinyin: str, initials: str) -> None:
    assert spelling(name) == (pinyin, initials)


def test_a_very_long_name_is_spelt_as_far_as_the_columns_reach() -> None:
    pinyin, initials = spelling("庄" * 64)
    assert (len(pinyin), len(initials)) == (160, 32)


@pytest.mark.parametrize("asked", ["Lü Shi", "lvshi", "LV SHI", "lü'shi"])
def test_pinyin_is_found_however_it_is_typed(asked: str) -> None:
    assert asked_spelling(asked) == "lvshi"
