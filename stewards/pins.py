"""Which PINs and passwords are accepted: not those that anybody tries first."""

from itertools import pairwise

from kernel.text import storable
from stewards.refusals import PasswordTooEasy, PasswordTooShort, PinNotSixDigits, PinTooEasy

PIN_LENGTH = 6
PASSWORD_MIN_LENGTH = 10
PASSWORD_MAX_LENGTH = 128

# Keypad walks, lucky numbers and emergency numbers that head published lists of six-digit PINs and that the
# patterns below do not catch.
_COMMON_PINS = frozenset(
    {
        *("147258", "147852", "159357", "159753", "258369", "369258", "456123", "789456", "963852", "741852"),
        *("123654", "654123", "321654", "520131", "521314", "131452", "131420", "201314", "168888", "888168"),
        *("518888", "100200", "123789", "789123", "112358", "314159", "102030", "135790", "246810", "135246"),
    }
)
_COMMON_PASSWORDS = frozenset(
    {
        *("1234567890", "0123456789", "0987654321", "1111111111", "qwertyuiop", "1q2w3e4r5t", "password123"),
        *("password1234", "admin123456", "administrator", "a123456789", "abc1234567", "asdfghjkl1", "woaini1314520"),
        *("zaq12wsxcde3", "5201314520", "aa123456789", "iloveyou1314", "letmein1234", "changeme123"),
    }
)


def check_pin(pin: str, *, number: str = "") -> None:
    """Refuse a PIN that is not six digits or that is easily guessed, also from the steward's own number.

    Raises:
        PinNotSixDigits, PinTooEasy: as they say.

    """
    if len(pin) != PIN_LENGTH or not (pin.isascii() and pin.isdigit()):
        raise PinNotSixDigits(pointer="/pin")
    digits = [int(digit) for digit in pin]
    steps = {(after - before) % 10 for before, after in pairwise(digits)}
    easy = (
        len(steps) == 1  # 111111, 123456, 654321, 135791
        or len(set(digits)) <= 2  # 110110, 121212, 666888
        or pin[:3] == pin[3:]  # 123123
        or pin == pin[::-1]  # 123321
        or pin[0::2] == pin[1::2]  # 112233
        or pin in _COMMON_PINS
        or (number != "" and pin in "".join(filter(str.isdigit, number)))
    )
    if easy:
        raise PinTooEasy(pointer="/pin")


def check_password(password: str, *, login: str = "") -> None:
    """Refuse a password that is short, or easily guessed, also from the login.

    Raises:
        PasswordTooShort, PasswordTooEasy: as they say.

    """
    if not storable(password) or not PASSWORD_MIN_LENGTH <= len(password) <= PASSWORD_MAX_LENGTH:
        raise PasswordTooShort(pointer="/password", min_length=PASSWORD_MIN_LENGTH, max_length=PASSWORD_MAX_LENGTH)
    lowered = password.lower()
    if lowered in _COMMON_PASSWORDS or len(set(lowered)) <= 3 or (login and login.lower() in lowered):
        raise PasswordTooEasy(pointer="/password")
