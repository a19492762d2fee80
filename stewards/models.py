"""Who and where: places with validity dates, stewards and their lane duty, staff and roles, sign-in, inbox."""

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from stewards.card_models import StewardCard
from stewards.code_models import PinCode
from stewards.key_models import TokenUse
from stewards.setting_models import SettingChange, SettingNote

# Tables that stand in modules of their own are found here by the migrations.
__all__ = [
    "AccessToken",
    "Community",
    "Consent",
    "ErasureRequest",
    "InboxMessage",
    "Lane",
    "LaneDuty",
    "Partner",
    "PinCode",
    "RecoveryCode",
    "RoleGrant",
    "SecondFactor",
    "Session",
    "SettingChange",
    "SettingNote",
    "SignInCard",
    "Staff",
    "Steward",
    "StewardCard",
    "Street",
    "TokenUse",
]


class Street(Model):
    """A subdistrict (街道)."""

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=32, unique=True)
    name = fields.CharField(max_length=64)
    name_en = fields.CharField(max_length=64)
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)

    class Meta:
        table = "stewards_street"
        constraints = [
            CheckConstraint(check="valid_to IS NULL OR valid_to >= valid_from", name="stewards_street_dates")
        ]


class Community(Model):
    """A residential community of a street (社区)."""

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=32, unique=True)
    street: fields.ForeignKeyRelation["Street"] = fields.ForeignKeyField(
        "stewards.Street", related_name="communities", on_delete=fields.RESTRICT
    )
    name = fields.CharField(max_length=64)
    name_en = fields.CharField(max_length=64)
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)

    class Meta:
        table = "stewards_community"
        constraints = [
            CheckConstraint(check="valid_to IS NULL OR valid_to >= valid_from", name="stewards_community_dates")
        ]


class Lane(Model):
    """A lane or alley (小巷) that stewards look after."""

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=64, unique=True)
    community: fields.ForeignKeyRelation["Community"] = fields.ForeignKeyField(
        "stewards.Community", related_name="lanes", on_delete=fields.RESTRICT
    )
    name = fields.CharField(max_length=64)
    name_en = fields.CharField(max_length=64)
    length_m = fields.IntField(null=True)
    width_m = fields.IntField(null=True)
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)

    class Meta:
        table = "stewards_lane"
        constraints = [
            CheckConstraint(check="length_m IS NULL OR length_m > 0", name="stewards_lane_length"),
            CheckConstraint(check="width_m IS NULL OR width_m > 0", name="stewards_lane_width"),
            CheckConstraint(check="valid_to IS NULL OR valid_to >= valid_from", name="stewards_lane_dates"),
        ]


class Steward(Model):
    """An alley steward (小巷管家). Free to edit and to erase: nothing append-only repeats what stands here."""

    id = fields.UUIDField(primary_key=True)
    number = fields.CharField(max_length=20, unique=True)
    name = fields.CharField(max_length=64)
    pinyin = fields.CharField(max_length=160)
    initials = fields.CharField(max_length=32)
    street: fields.ForeignKeyRelation["Street"] = fields.ForeignKeyField(
        "stewards.Street", related_name="stewards", on_delete=fields.RESTRICT
    )
    community: fields.ForeignKeyRelation["Community"] = fields.ForeignKeyField(
        "stewards.Community", related_name="stewards", on_delete=fields.RESTRICT
    )
    phone = fields.CharField(max_length=32, null=True)
    joined_on = fields.DateField()
    left_on = fields.DateField(null=True)
    status = fields.CharField(max_length=16)  # active, suspended, left, deceased
    pin_hash = fields.CharField(max_length=160, null=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()

    class Meta:
        table = "stewards_steward"
        constraints = [
            CheckConstraint(check="left_on IS NULL OR left_on >= joined_on", name="stewards_steward_dates"),
            CheckConstraint(
                check="status IN ('active', 'suspended', 'left', 'deceased')", name="stewards_steward_status"
            ),
        ]
        indexes = (("street_id", "number"), ("initials",))


class LaneDuty(Model):
    """Who looks after which lane from when to when (both days included)."""

    id = fields.UUIDField(primary_key=True)
    lane: fields.ForeignKeyRelation["Lane"] = fields.ForeignKeyField(
        "stewards.Lane", related_name="duties", on_delete=fields.RESTRICT
    )
    steward: fields.ForeignKeyRelation["Steward"] = fields.ForeignKeyField(
        "stewards.Steward", related_name="duties", on_delete=fields.RESTRICT
    )
    from_on = fields.DateField()
    to_on = fields.DateField(null=True)

    class Meta:
        table = "stewards_lane_duty"
        constraints = [
            UniqueConstraint(fields=("lane_id", "steward_id", "from_on"), name="stewards_lane_duty_once"),
            CheckConstraint(check="to_on IS NULL OR to_on >= from_on", name="stewards_lane_duty_dates"),
        ]
        indexes = (("steward_id",),)


class Consent(Model):
    """A steward's separate consent to show one field in public (单独同意), with its date."""

    id = fields.UUIDField(primary_key=True)
    steward: fields.ForeignKeyRelation["Steward"] = fields.ForeignKeyField(
        "stewards.Steward", related_name="consents", on_delete=fields.RESTRICT
    )
    field = fields.CharField(max_length=32)  # full_name, phone, photo, tip, off_boards
    granted_at = fields.DatetimeField()
    withdrawn_at = fields.DatetimeField(null=True)

    class Meta:
        table = "stewards_consent"
        constraints = [
            UniqueConstraint(fields=("steward_id", "field", "granted_at"), name="stewards_consent_once"),
            CheckConstraint(
                check="field IN ('full_name', 'phone', 'photo', 'tip', 'story', 'thanks', 'off_boards')",
                name="stewards_consent_field",
            ),
        ]


class Partner(Model):
    """Who provides rewards and is settled with (合作方): a shop, a service, a social organisation."""

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=32, unique=True)
    name = fields.CharField(max_length=64)
    name_en = fields.CharField(max_length=64)
    status = fields.CharField(max_length=16)  # active, ended
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()

    class Meta:
        table = "stewards_partner"
        constraints = [
            CheckConstraint(check="status IN ('active', 'ended')", name="stewards_partner_status"),
            CheckConstraint(check="version >= 1", name="stewards_partner_version"),
        ]


class Staff(Model):
    """Someone who works for the district, a street or a community, or a lane chief (街巷长)."""

    id = fields.UUIDField(primary_key=True)
    login = fields.CharField(max_length=32, unique=True)
    name = fields.CharField(max_length=64)
    password_hash = fields.CharField(max_length=160, null=True)
    status = fields.CharField(max_length=16)  # active, left
    steward: fields.ForeignKeyNullableRelation["Steward"] = fields.ForeignKeyField(
        "stewards.Steward", related_name="staff", null=True, on_delete=fields.RESTRICT
    )  # who is a steward as well, and so never serves himself or herself
    created_at = fields.DatetimeField()

    class Meta:
        table = "stewards_staff"
        constraints = [
            UniqueConstraint(fields=("steward_id",), name="stewards_staff_steward"),
            CheckConstraint(check="status IN ('active', 'left')", name="stewards_staff_status"),
        ]


class RoleGrant(Model):
    """A role that a member of staff holds in one place."""

    id = fields.UUIDField(primary_key=True)
    staff: fields.ForeignKeyRelation["Staff"] = fields.ForeignKeyField(
        "stewards.Staff", related_name="grants", on_delete=fields.RESTRICT
    )
    role = fields.CharField(max_length=32)
    scope_kind = fields.CharField(max_length=16)  # district, street, community, lane
    scope_id = fields.UUIDField(null=True)  # null for the district
    granted_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    held_as = fields.UUIDField(null=True, unique=True)  # of person, role and place while it is held: once at a time

    class Meta:
        table = "stewards_role_grant"
        constraints = [
            CheckConstraint(check="(revoked_at IS NULL) = (held_as IS NOT NULL)", name="stewards_role_grant_held"),
            CheckConstraint(
                check="scope_kind IN ('district', 'street', 'community', 'lane') "
                "AND (scope_kind = 'district') = (scope_id IS NULL)",
                name="stewards_role_grant_scope",
            ),
        ]
        indexes = (("staff_id",),)  # read with every request of staff


class AccessToken(Model):
    """A bearer token, kept only as its hash. Held by a steward, by staff, or by a machine with a role of its own."""

    id = fields.UUIDField(primary_key=True)
    secret_sha256 = fields.CharField(max_length=64, unique=True)
    label = fields.CharField(max_length=64)
    steward: fields.ForeignKeyNullableRelation["Steward"] = fields.ForeignKeyField(
        "stewards.Steward", related_name="tokens", null=True, on_delete=fields.RESTRICT
    )
    staff: fields.ForeignKeyNullableRelation["Staff"] = fields.ForeignKeyField(
        "stewards.Staff", related_name="tokens", null=True, on_delete=fields.RESTRICT
    )
    role = fields.CharField(max_length=32, null=True)  # integrator, display, partner
    scope_kind = fields.CharField(max_length=16, null=True)
    scope_id = fields.UUIDField(null=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "stewards_access_token"
        constraints = [
            CheckConstraint(
                check="(CASE WHEN steward_id IS NULL THEN 0 ELSE 1 END)"
                " + (CASE WHEN staff_id IS NULL THEN 0 ELSE 1 END)"
                " + (CASE WHEN role IS NULL THEN 0 ELSE 1 END) = 1",
                name="stewards_access_token_holder",
            )
        ]


class Session(Model):
    """A browser that signed in, the cookie holds the secret, the table only its hash."""

    id = fields.UUIDField(primary_key=True)
    secret_sha256 = fields.CharField(max_length=64, unique=True)
    steward: fields.ForeignKeyNullableRelation["Steward"] = fields.ForeignKeyField(
        "stewards.Steward", related_name="sessions", null=True, on_delete=fields.RESTRICT
    )
    staff: fields.ForeignKeyNullableRelation["Staff"] = fields.ForeignKeyField(
        "stewards.Staff", related_name="sessions", null=True, on_delete=fields.RESTRICT
    )
    token: fields.ForeignKeyNullableRelation["AccessToken"] = fields.ForeignKeyField(
        "stewards.AccessToken", related_name="sessions", null=True, on_delete=fields.RESTRICT
    )  # a partner's browser: holds no longer than the token that was typed into it
    device_sha256 = fields.CharField(max_length=64, null=True)  # the browser, where it is to be known again
    browser = fields.CharField(max_length=32, null=True)  # what kind it is, such as android-wechat; nothing finer
    created_at = fields.DatetimeField()
    seen_at = fields.DatetimeField()  # to about an hour
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "stewards_session"
        constraints = [
            CheckConstraint(
                check="(CASE WHEN steward_id IS NULL THEN 0 ELSE 1 END)"
                " + (CASE WHEN staff_id IS NULL THEN 0 ELSE 1 END)"
                " + (CASE WHEN token_id IS NULL THEN 0 ELSE 1 END) = 1",
                name="stewards_session_holder",
            )
        ]
        indexes = (("expires_at",), ("device_sha256",), ("token_id",))


class SignInCard(Model):
    """A one-time card (一次性登录卡) by which a steward sets a PIN. Only the hash of its secret is kept."""

    id = fields.UUIDField(primary_key=True)
    secret_sha256 = fields.CharField(max_length=64, unique=True)
    steward: fields.ForeignKeyRelation["Steward"] = fields.ForeignKeyField(
        "stewards.Steward", related_name="sign_in_cards", on_delete=fields.RESTRICT
    )
    issued_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    ended_as = fields.CharField(max_length=16, null=True)  # used, replaced

    class Meta:
        table = "stewards_sign_in_card"
        constraints = [
            CheckConstraint(check="(ended_at IS NULL) = (ended_as IS NULL)", name="stewards_sign_in_card_ended"),
            CheckConstraint(
                check="ended_as IS NULL OR ended_as IN ('used', 'replaced')", name="stewards_sign_in_card_as"
            ),
            CheckConstraint(check="expires_at > issued_at", name="stewards_sign_in_card_expiry"),
        ]
        indexes = (("steward_id",), ("expires_at",))


class SecondFactor(Model):
    """The second factor of a member of staff (动态验证码), encrypted, with the last half minute that was used."""

    staff: fields.OneToOneRelation["Staff"] = fields.OneToOneField(
        "stewards.Staff", related_name="second_factor", primary_key=True, on_delete=fields.RESTRICT
    )
    sealed_secret = fields.CharField(max_length=400)
    last_step = fields.BigIntField()
    confirmed_at = fields.DatetimeField()

    class Meta:
        table = "stewards_second_factor"


class RecoveryCode(Model):
    """A code that stands in once for a lost phone, kept as its hash."""

    id = fields.UUIDField(primary_key=True)
    staff: fields.ForeignKeyRelation["Staff"] = fields.ForeignKeyField(
        "stewards.Staff", related_name="recovery_codes", on_delete=fields.RESTRICT
    )
    code_sha256 = fields.CharField(max_length=64)
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "stewards_recovery_code"
        constraints = [UniqueConstraint(fields=("staff_id", "code_sha256"), name="stewards_recovery_code_once")]


class ErasureRequest(Model):
    """A steward's wish to be erased (注销申请), carried out by the district."""

    id = fields.UUIDField(primary_key=True)
    steward: fields.ForeignKeyRelation["Steward"] = fields.ForeignKeyField(
        "stewards.Steward", related_name="erasure_requests", on_delete=fields.RESTRICT
    )
    asked_at = fields.DatetimeField()
    state = fields.CharField(max_length=16)  # asked, withdrawn, done
    decided_at = fields.DatetimeField(null=True)
    decided_by_id = fields.UUIDField(null=True)

    class Meta:
        table = "stewards_erasure"
        constraints = [
            CheckConstraint(check="state IN ('asked', 'withdrawn', 'done')", name="stewards_erasure_state"),
            CheckConstraint(check="(state = 'asked') = (decided_at IS NULL)", name="stewards_erasure_decided"),
        ]
        indexes = (("steward_id",), ("state", "asked_at"))


class InboxMessage(Model):
    """What a steward was told and why (消息): a code with parameters, rendered in the reader's language."""

    id = fields.UUIDField(primary_key=True)
    steward: fields.ForeignKeyRelation["Steward"] = fields.ForeignKeyField(
        "stewards.Steward", related_name="inbox", on_delete=fields.RESTRICT
    )
    code = fields.CharField(max_length=64)
    params = fields.TextField()  # JSON
    cause = fields.CharField(max_length=200, unique=True)  # what it is about; one message for each
    created_at = fields.DatetimeField()
    read_at = fields.DatetimeField(null=True)

    class Meta:
        table = "stewards_inbox_message"
        indexes = (("steward_id", "created_at"),)
