"""Tables of appointments: how many a place serves in half a day, and who comes when."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model


class Slot(Model):
    """Half a day on which a place gives a service (服务时段). Its id is derived from stock, day and half."""

    id = fields.UUIDField(primary_key=True)
    stock: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "rewards.Stock", related_name="slots", on_delete=fields.RESTRICT
    )
    day = fields.DateField()  # local
    half = fields.CharField(max_length=2)  # am, pm
    capacity = fields.IntField()
    booked = fields.IntField(default=0)

    class Meta:
        table = "rewards_slot"
        constraints = [
            UniqueConstraint(fields=("stock_id", "day", "half"), name="rewards_slot_once"),
            CheckConstraint(check="half IN ('am', 'pm')", name="rewards_slot_half"),
            # Never overbooked, whatever the program does; a capacity lowered below what is booked is refused as well.
            CheckConstraint(check="booked >= 0 AND booked <= capacity", name="rewards_slot_booked"),
        ]
        indexes = (("day",),)


class Appointment(Model):
    """When a steward comes for a line of an order (预约): moved at most a few times, kept or missed."""

    id = fields.UUIDField(primary_key=True)
    order_line: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "rewards.OrderLine", related_name="appointments", on_delete=fields.RESTRICT
    )
    slot: fields.ForeignKeyRelation["Slot"] = fields.ForeignKeyField(
        "rewards.Slot", related_name="appointments", on_delete=fields.RESTRICT
    )
    steward_id = fields.UUIDField()
    seats = fields.IntField()  # of the slot's capacity
    state = fields.CharField(max_length=16)  # booked, kept, missed, released
    moves = fields.IntField(default=0)
    booked_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "rewards_appointment"
        constraints = [
            UniqueConstraint(fields=("order_line_id",), name="rewards_appointment_once"),
            CheckConstraint(check="seats > 0 AND moves >= 0", name="rewards_appointment_positive"),
            CheckConstraint(
                check="state IN ('booked', 'kept', 'missed', 'released')", name="rewards_appointment_state"
            ),
            CheckConstraint(check="(state = 'booked') = (ended_at IS NULL)", name="rewards_appointment_ended"),
        ]
        indexes = (("slot_id", "state"), ("state",), ("steward_id",))


class NoShow(Model):
    """Somebody did not come to an appointment (爽约), kept when the appointment is moved. Staff may excuse it."""

    id = fields.UUIDField(primary_key=True)
    appointment: fields.ForeignKeyRelation["Appointment"] = fields.ForeignKeyField(
        "rewards.Appointment", related_name="no_shows", on_delete=fields.RESTRICT
    )
    slot: fields.ForeignKeyRelation["Slot"] = fields.ForeignKeyField(
        "rewards.Slot", related_name="no_shows", on_delete=fields.RESTRICT
    )
    steward_id = fields.UUIDField()
    day = fields.DateField()  # local, of the half-day
    recorded_by_kind = fields.CharField(max_length=16)
    recorded_by_id = fields.UUIDField(null=True)
    recorded_at = fields.DatetimeField()
    excused_by_id = fields.UUIDField(null=True)
    excused_at = fields.DatetimeField(null=True)

    class Meta:
        table = "rewards_no_show"
        constraints = [UniqueConstraint(fields=("appointment_id", "slot_id"), name="rewards_no_show_once")]
        indexes = (("steward_id", "day"), ("slot_id",))
