"""Messages render in both languages; the English catalogue is complete and fills the same parameters."""

import string
from importlib import import_module
from pkgutil import walk_packages

import pytest

import kernel
from kernel.errors import Refusal
from kernel.messages import Text, has_english, translate

for module in walk_packages(kernel.__path__, "kernel."):
    import_module(module.name)  # the refusals of each are subclasses below


def refusals_of(package: str) -> list[type[Refusal]]:
    found, open_ = [], [Refusal]
    while open_:
        kind = open_.pop()
        open_ += kind.__subclasses__()
        if kind.__module__.split(".")[0] == package and "message" in kind.__dict__:
            found.append(kind)
    return found


def parameters(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("refusal", refusals_of("kernel"), ids=lambda refusal: refusal.__name__)
def test_every_refusal_of_the_kernel_has_an_english_text_with_the_same_parameters(refusal: type[Refusal]) -> None:
    assert has_english(refusal.message)
    assert parameters(translate(refusal.message, "en")) == parameters(refusal.message)


def test_refusals_have_codes_of_their_own() -> None:
    codes = [refusal.code for refusal in refusals_of("kernel")]
    assert len(codes) == len(set(codes))
    assert len(codes) >= 7


def test_a_text_inside_a_text_is_rendered_in_the_same_language() -> None:
    inner = Text("没有这个文件。")
    assert Text("原因：{why}", {"why": inner}).render("en") == "原因：There is no such file."
    assert Text("原因：{why}", {"why": inner}).render("zh") == "原因：没有这个文件。"
